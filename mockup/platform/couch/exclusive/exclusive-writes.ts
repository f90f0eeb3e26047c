// Compare-and-set of one document where only one writer may win, on one server and on a cluster
// (see `settled-write`).

import type { Clock } from '../../clock/clock.ts';
import {
  ConflictError,
  type Database,
  type Stored,
  type Writable,
  type WriteResult,
} from '../database.ts';
import { createManyWrites } from './many-exclusive-writes.ts';
import { type SettleOptions, WriteSettler } from './settled-write.ts';

interface ExclusiveRead<T> {
  current: Stored<T> | undefined;
  /** Other leaves that were there, and do not go away by themselves: old conflicts. */
  known: ReadonlySet<string>;
}

export interface ExclusiveWrites {
  /** The document as a majority has it, once rival writes to it have settled. */
  read<T extends Writable>(id: string): Promise<ExclusiveRead<T>>;
  /** Resolves with the revision where this write counts; throws ConflictError where not. */
  write(doc: Writable, read: ExclusiveRead<Writable>): Promise<string>;
  /**
   * Many such writes in few requests, each with its own result, in order: `ok` only where it counts,
   * `unsure` where too few copies can be reached for `giveUpAfter_ms` (it may count later).
   */
  writeMany<T extends Writable>(
    docs: readonly T[],
    options?: SettleOptions,
  ): Promise<WriteResult[]>;
}

const NOTHING: ReadonlySet<string> = new Set();
/** Longer than any rival waits. */
const SETTLING_MS = 4_000;
const LOOK_MS = 100;

export function createExclusiveWrites(
  database: Pick<Database, 'name' | 'info' | 'get' | 'put' | 'bulk' | 'leaves'>,
  clock: Clock,
): ExclusiveWrites {
  const settler = new WriteSettler({
    database,
    clock,
    write: async (doc) => (await database.bulk([doc]))[0] as never,
    leaves: async (id) => (await database.leaves<Writable>([id]))[0] ?? [],
  });

  const readByMajority = async <T extends Writable>(id: string): Promise<ExclusiveRead<T>> => {
    let begun = clock.monotonic();
    let stand = '';
    for (;;) {
      const [leaves = []] = await database.leaves<T>([id]);
      const living = leaves.filter(({ deleted }) => !deleted);
      const known = new Set(living.slice(1).map(({ rev }) => rev));
      const now = living.map(({ rev }) => rev).join(' ');
      if (now !== stand) begun = clock.monotonic();
      stand = now;
      // All rivals took themselves away; one of them is about to restore what was there before.
      const isGone = living.length === 0 && leaves.some(({ doc }) => 'withdrawn' in doc);
      const isSettled = (known.size === 0 && !isGone) || clock.monotonic() - begun > SETTLING_MS;
      if (isSettled) return { current: living[0]?.doc, known };
      await clock.sleep(LOOK_MS);
    }
  };
  return {
    async read<T extends Writable>(id: string) {
      if (await settler.isNeeded()) return readByMajority<T>(id);
      return { current: await database.get<T>(id), known: NOTHING };
    },
    async write(doc, { current: before, known }) {
      if (!(await settler.isNeeded())) return database.put(doc);
      const [result] = await database.bulk([doc]);
      if (!result?.ok) {
        if (result?.error === 'conflict') throw new ConflictError(database.name, doc._id);
        // Refused: the same refusal as an error, for the caller.
        return database.put(doc);
      }
      const settled = await settler.settle({ doc, before, result, known });
      if (settled.won) return settled.rev;
      throw new ConflictError(database.name, doc._id);
    },
    writeMany: createManyWrites(database, clock),
  };
}
