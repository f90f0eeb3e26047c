/** Compaction and purging: what takes revisions away. Both run inside transactions of the queue. */

import type { BlobStore } from '../attachments/blob-store.ts';
import type { Connection } from '../connection.ts';
import type { StoredInfo } from '../database.ts';
import { type Branch, branchesOf, treeLeaves, treeOfBranches } from '../documents/rev-tree.ts';
import { type DocumentRow, parseAtts, type RowRevision } from '../documents/row.ts';
import type { IndexSet } from '../indexes/index-set.ts';
import type { CommitState } from '../writing/commit-state.ts';

const BATCH = 1000;
/** Bytes that may be copied while everything else waits. */
const SHRINK_AT_MOST = 32 * 2 ** 20;
/** What `PRAGMA auto_vacuum` says of a file that can give back pages one by one. */
const INCREMENTAL = 2;
const FREE_PAGES_KEPT = 256;
const GIVEN_BACK_PAGES = 512;
const DROP_STALE = 'DELETE FROM revs WHERE n IN (SELECT n FROM revs WHERE leaf = 0 LIMIT ?)';
const REPLACE = 'UPDATE docs SET rev = ?, deleted = ?, atts = ?, tree = ?, body = ? WHERE seq = ?';

/** Removes some superseded bodies; true while there are more. */
export function dropStaleBodies(connection: Connection): boolean {
  return connection.sql(DROP_STALE).run(BATCH).changes === BATCH;
}

/** Removes attachments that no stored revision names. */
export function sweepBlobs(connection: Connection, blobs: BlobStore): void {
  if (!connection.sql('SELECT 1 FROM blobs LIMIT 1').get()) return;
  const used = new Set<number>();
  for (const table of ['docs', 'revs']) {
    const rows = connection.sql(`SELECT atts FROM ${table} WHERE atts IS NOT NULL`).iterate();
    for (const row of rows) {
      for (const { blob } of Object.values(parseAtts(row.atts as string))) used.add(blob);
    }
  }
  blobs.sweep(used);
}

/** Bytes of the file, and of the pages in use. */
export function fileSizes(connection: Connection): StoredInfo['sizes'] {
  const pragma = (name: string): number =>
    connection.sql(`PRAGMA ${name}`).get()?.[name] as number;
  const page = pragma('page_size');
  const active = (pragma('page_count') - pragma('freelist_count')) * page;
  return { file: pragma('page_count') * page, external: active, active };
}

/**
 * Gives freed pages back to the file system where that is worth it and quick. Larger files give theirs
 * back a few at a time, see `giveBack`; those of earlier versions can't, until they were small once.
 */
export function shrink(connection: Connection): void {
  const { file, active } = fileSizes(connection);
  if (file - active < file / 4 || active > SHRINK_AT_MOST) return;
  connection.sqlite.exec('PRAGMA auto_vacuum = INCREMENTAL; VACUUM');
}

/** Gives some freed pages back; true while it is worth it to go on. Inside a transaction. */
export function giveBack(connection: Connection): boolean {
  const pragma = (name: string): number =>
    connection.sql(`PRAGMA ${name}`).get()?.[name] as number;
  if (pragma('auto_vacuum') !== INCREMENTAL) return false;
  const free = pragma('freelist_count');
  // What is written next needs some.
  if (free < FREE_PAGES_KEPT || free < pragma('page_count') / 8) return false;
  connection.sqlite.exec(`PRAGMA incremental_vacuum(${GIVEN_BACK_PAGES})`);
  return pragma('freelist_count') < free;
}

interface Parts {
  readonly connection: Connection;
  readonly indexes: IndexSet;
  readonly state: CommitState;
}

/** Forgets these leaf revisions as if they had never been; returns those that were there. */
export function purgeDocuments(
  parts: Parts,
  find: (id: string) => DocumentRow | undefined,
  revs: { [id: string]: readonly string[] },
): { [id: string]: string[] } {
  const { connection, state } = parts;
  const done = Object.entries(revs).map(([id, names]): [string, string[]] => {
    const row = find(id);
    return [id, row ? purgeDocument(parts, row, names) : []];
  });
  const before = Number(connection.meta('purge_seq') ?? 0);
  connection.setMeta('purge_seq', String(before + done.length));
  connection.setMeta('seq_at_purge', String(state.seq));
  return Object.fromEntries(done);
}

function purgeDocument(
  { connection, indexes, state }: Parts,
  row: DocumentRow,
  revs: readonly string[],
): string[] {
  const nameOf = (branch: Branch): string => `${branch.newest}-${branch.hashes[0]}`;
  const branches = branchesOf(row);
  const gone = branches.map(nameOf).filter((rev) => revs.includes(rev));
  if (gone.length === 0) return [];
  for (const rev of gone) {
    connection.sql('DELETE FROM revs WHERE id = ? AND rev = ?').run(row.id, rev);
  }
  const kept = branches.filter((branch) => !gone.includes(nameOf(branch)));
  const was = row.deleted ? [0, -1] : [-1, 0];
  if (!row.deleted) indexes.purged(row.id, row.body);
  if (kept.length === 0) {
    connection.sql('DELETE FROM docs WHERE seq = ?').run(row.seq);
    connection.sql('DELETE FROM revs WHERE id = ?').run(row.id);
    state.purged(was[0] as number, was[1] as number);
    return gone;
  }
  const heir = keepBranches(connection, row, kept, gone.includes(row.rev));
  const before = { deleted: true, body: undefined };
  indexes.written({ row: heir, value: undefined, before });
  const is = heir.deleted ? [0, 1] : [1, 0];
  state.purged((was[0] as number) + (is[0] as number), (was[1] as number) + (is[1] as number));
  return gone;
}

function keepBranches(
  connection: Connection,
  row: DocumentRow,
  kept: readonly Branch[],
  winnerGone: boolean,
): DocumentRow {
  const tree = treeOfBranches(kept);
  const [winner] = treeLeaves(tree);
  let heir: RowRevision = row;
  if (winnerGone && winner) {
    const sql = 'SELECT rev, deleted, atts, body FROM revs WHERE id = ? AND rev = ?';
    const found = connection.sql(sql).get(row.id, winner.rev) as RowRevision | undefined;
    if (!found) throw new Error(`the body of ${row.id} ${winner.rev} is missing`);
    connection.sql('DELETE FROM revs WHERE id = ? AND rev = ?').run(row.id, winner.rev);
    heir = found;
  }
  const line = kept.length === 1 ? kept[0]?.hashes.slice(1).join(',') : undefined;
  const text = line ?? JSON.stringify(tree);
  const { rev, deleted, atts, body } = heir;
  connection.sql(REPLACE).run(rev, deleted, atts, text, body, row.seq);
  return { seq: row.seq, id: row.id, rev, deleted, atts, tree: text, body };
}
