// Applies edits to the tables, inside a transaction of the commit queue. One row per document keeps
// the winner; when the winner changes hands, bodies move between `docs` and `revs`.

import { hash } from 'node:crypto';
import { conflict } from '../../couch-error.ts';
import type { JsonObject } from '../../json-object.ts';
import type { AttachmentWriter } from '../attachments/attachment-writer.ts';
import type { Connection } from '../connection.ts';
import type { EditResult } from '../database.ts';
import type { Edit } from '../documents/document.ts';
import {
  extendLine,
  generationOf,
  hashOf,
  historyOf,
  isBranched,
  isKnown,
  type Leaf,
  leavesOf,
  mergePath,
  treeLeaves,
} from '../documents/rev-tree.ts';
import type { DocumentRow, RowRevision } from '../documents/row.ts';
import { isConflict } from '../edit-conflict.ts';
import { inOrderOfIds } from '../edit-order.ts';

/** What the writer must tell about each changed document. */
export interface Written {
  readonly row: DocumentRow;
  /** The parsed body of the winner, where it is at hand. */
  readonly value: JsonObject | undefined;
  /** The winner before; undefined for a new document. */
  readonly before: { readonly deleted: boolean; readonly body: string | undefined } | undefined;
}

export interface WriterHooks {
  nextSeq(): number;
  revsLimit(): number;
  /** True where the superseded body is wanted in `Written.before`. */
  wantsBodies(): boolean;
  written(change: Written): void;
}

type Found = Omit<DocumentRow, 'id' | 'body'> & { readonly body?: string };

const FIND = 'SELECT seq, rev, deleted, atts, tree FROM docs WHERE id = ?';
const FIND_WITH_BODY = 'SELECT seq, rev, deleted, atts, tree, body FROM docs WHERE id = ?';
const INSERT =
  'INSERT INTO docs (seq, id, rev, deleted, atts, tree, body) VALUES (?, ?, ?, ?, ?, ?, ?)';
const REPLACE =
  'UPDATE docs SET seq = ?, rev = ?, deleted = ?, atts = ?, tree = ?, body = ? WHERE seq = ?';
const MOVE = 'UPDATE docs SET seq = ?, tree = ? WHERE seq = ?';
const SHELVE = `INSERT OR REPLACE INTO revs (id, rev, leaf, deleted, atts, body)
  SELECT id, rev, ?, deleted, atts, body FROM docs WHERE seq = ?`;
const KEEP =
  'INSERT OR REPLACE INTO revs (id, rev, leaf, deleted, atts, body) VALUES (?, ?, ?, ?, ?, ?)';
const TAKE = 'SELECT rev, deleted, atts, body FROM revs WHERE id = ? AND rev = ?';
const DROP = 'DELETE FROM revs WHERE id = ? AND rev = ?';
const LEAVES = 'SELECT rev FROM revs WHERE id = ? AND leaf = 1';
const UNLEAF = 'UPDATE revs SET leaf = 0 WHERE id = ? AND rev = ?';

/** The revision's name follows from content alone, so the same edit has the same name everywhere. */
function revisionName(
  parent: string,
  edit: Edit,
  atts: string | null,
  generation: number,
): string {
  const signature = atts === null ? '' : atts.replaceAll(/"(blob|revpos)":\d+,?/g, '');
  const content = `${edit.deleted ? 1 : 0}\n${parent}\n${signature}\n${edit.body}`;
  return `${generation}-${hash('md5', content)}`;
}

export class Writer {
  readonly #connection: Connection;
  readonly #hooks: WriterHooks;
  readonly #attachments: AttachmentWriter;
  /**
   * Whether a revision of nothing is a conflict. CouchDB looks for the parent only from an opening
   * or a write of a design document to the next write, and where attachments come.
   */
  #looksForParents = true;

  constructor(connection: Connection, attachments: AttachmentWriter, hooks: WriterHooks) {
    this.#connection = connection;
    this.#attachments = attachments;
    this.#hooks = hooks;
  }

  /** Interactive edits, numbered in the order of their ids; the results are in the given order. */
  editAll(edits: readonly Edit[]): EditResult[] {
    const looks = this.#looksForParents || edits.some(isChecked);
    this.#checkStubs(edits, (edit) => isConflict(edit, this.#find(edit.id), looks));
    const results = new Array<EditResult>(edits.length);
    for (const at of inOrderOfIds(edits)) results[at] = this.edit(edits[at] as Edit, looks);
    return results;
  }

  replicateAll(edits: readonly Edit[]): void {
    this.#checkStubs(edits);
    for (const place of inOrderOfIds(edits)) this.replicate(edits[place] as Edit);
  }

  /** An interactive edit: extends a living leaf, or gives a conflict. */
  edit(edit: Edit, looks = this.#looksForParents || isChecked(edit)): EditResult {
    const row = this.#find(edit.id);
    if (isConflict(edit, row, looks)) return conflictOf(edit.id);
    if (!row) return this.#create(edit);
    const parent = edit.rev ?? row.rev;
    const generation = generationOf(parent) + 1;
    // What revives a document counts as its first revision.
    const atts = this.#store(edit, edit.rev === undefined ? 1 : generation, parent, row);
    const rev = revisionName(parent, edit, atts, generation);
    const leaf: RowRevision = { rev, deleted: edit.deleted ? 1 : 0, atts, body: edit.body };
    if (isBranched(row)) {
      const hashes = [hashOf(rev), hashOf(parent)];
      this.#graft(edit, row, leaf, generation, hashes);
    } else {
      this.#extend(edit, row, leaf, extendLine([hashOf(parent)], row.tree, this.#limit()));
    }
    return { ok: true, id: edit.id, rev };
  }

  /** A revision made elsewhere: stored as it is; one that is known already changes nothing. */
  replicate(edit: Edit): void {
    const rev = edit.rev as string;
    const hashes = edit.hashes ?? [hashOf(rev)];
    const generation = generationOf(rev);
    const row = this.#find(edit.id);
    if (row && isKnown(row, rev)) {
      const moved = this.#lengthen(edit, row, generation, hashes);
      if (this.#keepOld(edit, row) && !moved) this.#move(edit.id, row, row.tree);
      return;
    }
    const atts = this.#store(edit, generation, undefined, row, true);
    const leaf: RowRevision = { rev, deleted: edit.deleted ? 1 : 0, atts, body: edit.body };
    if (!row) {
      this.#insert(edit, leaf, extendLine(hashes.slice(1), '', this.#limit()));
      return;
    }
    const steps = generation - generationOf(row.rev);
    if (!isBranched(row) && steps > 0 && hashes[steps] === hashOf(row.rev)) {
      const longer = hashes.length > steps + 1 && isLonger(hashes.slice(steps), row);
      const [added, rest] = longer
        ? [hashes.slice(1), '']
        : [hashes.slice(1, steps + 1), row.tree];
      this.#extend(edit, row, leaf, extendLine(added, rest, this.#limit()));
    } else {
      this.#graft(edit, row, leaf, generation, hashes);
    }
  }

  /** A revision that is here came with more of its history: the tree grows at its root. */
  #lengthen(edit: Edit, row: Found, generation: number, hashes: readonly string[]): boolean {
    const known = historyOf(row, edit.rev as string) ?? [];
    if (hashes.length <= known.length || known.length >= this.#limit()) return false;
    if (!isBranched(row) && row.rev === edit.rev) {
      this.#move(edit.id, row, extendLine(hashes.slice(1), '', this.#limit()));
      return true;
    }
    const leaf = leavesOf(row).find(({ rev }) => rev === edit.rev);
    const tree = mergePath(row, generation, hashes, leaf?.deleted === true, this.#limit());
    this.#move(edit.id, row, JSON.stringify(tree));
    return true;
  }

  /** The content of an ancestor that was known by name alone: readable until the next compaction. */
  #keepOld(edit: Edit, row: Found): boolean {
    const rev = edit.rev as string;
    if (rev === row.rev || this.#connection.sql(TAKE).get(edit.id, rev)) return false;
    const atts = this.#attachments.store(edit, generationOf(rev), undefined, row, true);
    this.#keep(edit.id, { rev, deleted: edit.deleted ? 1 : 0, atts, body: edit.body }, false);
    return true;
  }

  /** A stub of nothing refuses the whole request, so it must be found before the first write. */
  #checkStubs(edits: readonly Edit[], isRefused = (_edit: Edit): boolean => false): void {
    for (const edit of edits) {
      if (edit.attachments.length > 0 && !isRefused(edit)) this.#attachments.check(edit);
    }
  }

  #store(...given: Parameters<AttachmentWriter['store']>): string | null {
    const atts = this.#attachments.store(...given);
    this.#looksForParents = isDesign(given[0]);
    return atts;
  }

  #find(id: string): Found | undefined {
    const sql = this.#hooks.wantsBodies() ? FIND_WITH_BODY : FIND;
    return this.#connection.sql(sql).get(id) as Found | undefined;
  }

  #limit(): number {
    return this.#hooks.revsLimit();
  }

  #create(edit: Edit): EditResult {
    const parent = edit.rev ?? '';
    const generation = (parent === '' ? 0 : generationOf(parent)) + 1;
    const history = edit.hashes ?? (parent === '' ? [] : [hashOf(parent)]);
    const atts = this.#store(edit, generation, undefined, undefined);
    const rev = revisionName(parent, edit, atts, generation);
    const leaf: RowRevision = { rev, deleted: edit.deleted ? 1 : 0, atts, body: edit.body };
    this.#insert(edit, leaf, extendLine(history, '', this.#limit()));
    return { ok: true, id: edit.id, rev };
  }

  #insert(edit: Edit, leaf: RowRevision, tree: string): void {
    const seq = this.#hooks.nextSeq();
    const { rev, deleted, atts, body } = leaf;
    this.#connection.sql(INSERT).run(seq, edit.id, rev, deleted, atts, tree, body);
    const row = { seq, id: edit.id, rev, deleted, atts, tree, body };
    this.#hooks.written({ row, value: edit.value, before: undefined });
  }

  /** One branch, and the new revision on top of it. */
  #extend(edit: Edit, row: Found, leaf: RowRevision, tree: string): void {
    this.#connection.sql(SHELVE).run(0, row.seq);
    this.#replace(edit.id, row, leaf, tree, edit.value);
  }

  #replace(id: string, old: Found, leaf: RowRevision, tree: string, value?: JsonObject): void {
    const seq = this.#hooks.nextSeq();
    const { rev, deleted, atts, body } = leaf;
    this.#connection.sql(REPLACE).run(seq, rev, deleted, atts, tree, body, old.seq);
    const row = { seq, id, rev, deleted, atts, tree, body };
    const before = { deleted: old.deleted === 1, body: old.body };
    this.#hooks.written({ row, value, before });
  }

  /** The new revision makes or extends a branch. */
  #graft(
    edit: Edit,
    row: Found,
    leaf: RowRevision,
    generation: number,
    hashes: readonly string[],
  ): void {
    const tree = mergePath(row, generation, hashes, edit.deleted, this.#limit());
    const leaves = treeLeaves(tree);
    const text = JSON.stringify(tree);
    const winner = leaves[0] as Leaf;
    const revs = new Set(leaves.map((one) => one.rev));
    this.#releaseLeaves(edit.id, revs);
    if (winner.rev === row.rev) {
      this.#keep(edit.id, leaf, revs.has(leaf.rev));
      this.#move(edit.id, row, text);
      return;
    }
    this.#connection.sql(SHELVE).run(revs.has(row.rev) ? 1 : 0, row.seq);
    if (winner.rev === leaf.rev) {
      this.#replace(edit.id, row, leaf, text, edit.value);
      return;
    }
    this.#keep(edit.id, leaf, revs.has(leaf.rev));
    const heir = this.#connection.sql(TAKE).get(edit.id, winner.rev) as RowRevision | undefined;
    if (!heir) throw new Error(`the body of ${edit.id} ${winner.rev} is missing`);
    this.#connection.sql(DROP).run(edit.id, winner.rev);
    this.#replace(edit.id, row, heir, text);
  }

  /** Bodies of leaves that have been extended may go at the next compaction. */
  #releaseLeaves(id: string, leaves: ReadonlySet<string>): void {
    for (const row of this.#connection.sql(LEAVES).all(id)) {
      const rev = row.rev as string;
      if (!leaves.has(rev)) this.#connection.sql(UNLEAF).run(id, rev);
    }
  }

  #keep(id: string, leaf: RowRevision, isLeaf: boolean): void {
    const { rev, deleted, atts, body } = leaf;
    this.#connection.sql(KEEP).run(id, rev, isLeaf ? 1 : 0, deleted, atts, body);
  }

  /** The winner stays; the document is in the feed again. */
  #move(id: string, old: Found, tree: string): void {
    const seq = this.#hooks.nextSeq();
    this.#connection.sql(MOVE).run(seq, tree, old.seq);
    const sql = 'SELECT body FROM docs WHERE seq = ?';
    const body = old.body ?? (this.#connection.sql(sql).get(seq)?.body as string);
    const { rev, deleted, atts } = old;
    const row = { seq, id, rev, deleted, atts, tree, body };
    this.#hooks.written({ row, value: undefined, before: { deleted: deleted === 1, body } });
  }
}

const isDesign = ({ id }: Edit): boolean => id.startsWith('_design/');
const isChecked = (one: Edit): boolean => isDesign(one) || one.attachments.length > 0;

/** Whether this history of a row's revision goes on where the row's own ends. */
function isLonger(hashes: readonly string[], row: Found): boolean {
  const known = historyOf(row, row.rev) ?? [];
  return hashes.length > known.length && known.every((hash, n) => hash === hashes[n]);
}

function conflictOf(id: string): EditResult {
  const { error, reason } = conflict();
  return { id, error, reason };
}
