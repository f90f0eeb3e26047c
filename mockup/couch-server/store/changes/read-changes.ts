/** One page of the changes feed as objects, for readers inside the process (the replicator). */
import { matcherOf } from '../../mango/known-matchers.ts';
import type { ChangeRow, ChangesQuery, CouchDocument, StoredChanges } from '../database.ts';
import type { RowChange } from '../documents/row.ts';
import type { Reader } from '../reader.ts';
import type { Turns } from '../turns.ts';
import type { ChangeLog } from './change-log.ts';
import { parseSequence, sequenceText } from './sequence.ts';

/** The parts of a database that are read here. */
export interface ChangesSource {
  readonly log: ChangeLog;
  readonly reader: Reader;
  readonly incarnation: string;
  readonly newest: number;
  /** How many changes come after this number. */
  pending(seq: number): number;
}

const PAGE = 500;

/** Others are served after so long. */
const TURN_MS = 8;

/** In one turn: for few changes, or where nobody waits. */
export function readChanges(database: ChangesSource, query: ChangesQuery): StoredChanges {
  const scan = scanChanges(database, query);
  for (;;) {
    const step = scan.next();
    if (step.done) return step.value;
  }
}

/** However many changes are passed over, others are served meanwhile. */
export async function readChangesInTurns(
  database: ChangesSource,
  query: ChangesQuery,
  turns: Turns,
): Promise<StoredChanges> {
  const scan = scanChanges(database, query);
  let turn_ms = turns.now();
  for (;;) {
    const step = scan.next();
    if (step.done) return step.value;
    if (turns.now() - turn_ms < TURN_MS) continue;
    await turns.next();
    turn_ms = turns.now();
  }
}

/** Stops after each change. */
function* scanChanges(
  database: ChangesSource,
  query: ChangesQuery,
): Generator<undefined, StoredChanges> {
  const matches = query.selector && matcherOf(query.selector);
  const { log, incarnation, newest } = database;
  const limit = query.limit ?? Number.POSITIVE_INFINITY;
  const ids = query.docIds && new Set(query.docIds);
  const wanted = (change: RowChange): boolean =>
    (!ids || ids.has(change.row.id)) && (!matches || matches(change.document));
  const results: ChangeRow[] = [];
  let at = query.descending ? newest + 1 : parseSequence(query.since ?? '0', incarnation, newest);
  while (results.length < limit) {
    const size = Math.min(PAGE, Math.max(1, limit - results.length));
    const page = query.descending ? log.before(at, size) : log.after(at, size);
    for (const change of page) {
      if (wanted(change)) results.push(rowOf(database, change, query));
      yield;
    }
    at = page.at(-1)?.row.seq ?? at;
    if (page.length === 0) break;
  }
  const exhausted = results.length < limit && !query.descending;
  const last = exhausted ? Math.max(at, newest) : at;
  const pending = query.descending ? 0 : database.pending(last);
  return { results, lastSeq: sequenceText(last, incarnation), pending };
}

function rowOf(database: ChangesSource, change: RowChange, query: ChangesQuery): ChangeRow {
  const { id, rev, deleted } = change.row;
  const all = query.style === 'all_docs';
  const changes = all ? change.leaves.map((leaf) => ({ rev: leaf.rev })) : [{ rev }];
  const row = { seq: change.seq, id, changes };
  const mark = deleted ? { deleted: true as const } : {};
  if (!query.includeDocs) return { ...row, ...mark };
  const options = { conflicts: query.conflicts === true, attachments: query.attachments === true };
  const { text } = database.reader.text(change.row, change.row, options);
  return { ...row, ...mark, doc: JSON.parse(text) as CouchDocument };
}
