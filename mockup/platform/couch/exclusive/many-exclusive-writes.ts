// Many compare-and-set writes of which only one writer each may win, in few requests: what a batch needs
// to look at and to write goes together, on one server in a single request.

import type { Clock } from '../../clock/clock.ts';
import { Batcher } from '../batcher.ts';
import type { Database, LeafRevision, Writable, WriteResult } from '../database.ts';
import { type SettleOptions, WriteSettler } from './settled-write.ts';

const BATCH_LIMIT = 500;

export function createManyWrites(
  database: Pick<Database, 'info' | 'bulk' | 'leaves'>,
  clock: Clock,
) {
  const batch = { clock, limit: BATCH_LIMIT, company_ms: 0 };
  const writes = new Batcher<Writable, WriteResult>({
    ...batch,
    run: (docs) => database.bulk(docs),
  });
  const looks = new Batcher<string, LeafRevision<Writable>[]>({
    ...batch,
    run: (ids) => database.leaves<Writable>(ids),
  });
  const settler = new WriteSettler({
    database,
    clock,
    write: (doc) => writes.add(doc),
    leaves: (id) => looks.add(id),
  });

  const writeOne = async (doc: Writable, options: SettleOptions): Promise<WriteResult> => {
    const { _id: id } = doc;
    const [current, ...others] = (await looks.add(id)).filter(({ deleted }) => !deleted);
    if (current?.rev !== doc._rev) return { id, ok: false, error: 'conflict' };
    const result = await writes.add(doc);
    if (!result.ok) return result;
    const known = new Set(others.map(({ rev }) => rev));
    const settled = await settler.settle({ doc, before: current?.doc, result, known }, options);
    if (settled.won) return { id, ok: true, rev: settled.rev };
    if (settled.why === 'lost') return { id, ok: false, error: 'conflict' };
    return { id, ok: false, error: 'unsure', reason: 'too few copies can be reached' };
  };

  return async <T extends Writable>(
    docs: readonly T[],
    options: SettleOptions = {},
  ): Promise<WriteResult[]> => {
    if (docs.length === 0) return [];
    if (!(await settler.isNeeded())) return database.bulk(docs);
    return Promise.all(docs.map((doc) => writeOne(doc, options)));
  };
}
