/**
 * Tombstones go some time after their documents: in the order of their sequences, and none that a
 * replication from here has still to carry. How old one is is known by marks: which sequence was the
 * newest at which time.
 */
import type { JsonObject } from '../../json-object.ts';
import { sequenceNumber } from '../changes/sequence.ts';
import type { Connection } from '../connection.ts';
import { leavesOf } from '../documents/rev-tree.ts';
import type { DocumentRow } from '../documents/row.ts';

/** What of a database it takes. */
export interface TombstoneHolder {
  readonly connection: Connection;
  readonly incarnation: string;
  readonly newest: number;
  purge(revs: { [id: string]: readonly string[] }): Promise<unknown>;
}

export interface TombstoneTimes {
  /** How long a tombstone stays at least. */
  readonly age_ms: number;
  readonly now_ms: number;
  /** Keeps a value in the database. */
  keep(key: string, value: string): Promise<void>;
}

interface Mark {
  readonly seq: number;
  readonly at_ms: number;
}

const MARKS = 'tombstone_marks';
const PURGED = 'tombstones_purged_to';
/** Marks within the age. */
const MARKS_MAX = 16;
const BATCH = 200;
const DELETED = `SELECT seq, id, rev, deleted, atts, tree, body FROM docs
  WHERE seq > ? AND seq <= ? AND deleted = 1 ORDER BY seq LIMIT ?`;

/** How many went. */
export async function purgeTombstones(
  database: TombstoneHolder,
  times: TombstoneTimes,
): Promise<number> {
  const old = await oldMark(database, times);
  const through = Math.min(old, carriedBy(database));
  let at = Number(database.connection.meta(PURGED) ?? 0);
  let purged = 0;
  while (at < through) {
    const rows = database.connection.sql(DELETED).all(at, through, BATCH) as unknown[];
    const found = rows as DocumentRow[];
    if (found.length > 0) await database.purge(Object.fromEntries(found.map(endsOf)));
    purged += found.length;
    at = found.length < BATCH ? through : (found.at(-1)?.seq ?? through);
    await times.keep(PURGED, String(at));
  }
  return purged;
}

function endsOf(row: DocumentRow): [string, string[]] {
  return [row.id, leavesOf(row).map(({ rev }) => rev)];
}

/** The sequence up to which all is old enough; a new mark for the time to come. */
async function oldMark(
  database: TombstoneHolder,
  { age_ms, now_ms, keep }: TombstoneTimes,
): Promise<number> {
  const known = JSON.parse(database.connection.meta(MARKS) ?? '[]') as Mark[];
  // A clock that was set back makes tombstones stay longer, never shorter.
  const marks = known.filter(({ at_ms }) => at_ms <= now_ms);
  const old = marks.findLast(({ at_ms }) => at_ms <= now_ms - age_ms);
  const last = marks.at(-1);
  const isDue = !last || now_ms - last.at_ms >= age_ms / MARKS_MAX;
  if (isDue) marks.push({ seq: database.newest, at_ms: now_ms });
  const kept = marks.filter((mark) => mark === old || mark.at_ms > now_ms - age_ms);
  if (isDue || kept.length < known.length) await keep(MARKS, JSON.stringify(kept));
  return old?.seq ?? 0;
}

/**
 * The lowest sequence of this database in any replication's checkpoint: what came before was carried.
 * Those of replications to here are of another database. One that was given up keeps tombstones until
 * its checkpoint is deleted.
 */
function carriedBy({ connection, incarnation }: TombstoneHolder): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (const { body } of connection.sql('SELECT body FROM local').iterate()) {
    const log = JSON.parse(body as string) as JsonObject;
    // CouchDB's name for it, and PouchDB's.
    for (const given of [log.source_last_seq, log.last_seq]) {
      const seq = sequenceNumber(given, incarnation);
      if (seq !== undefined) lowest = Math.min(lowest, seq);
    }
  }
  return lowest;
}
