// One in-memory database as CouchDB keeps it: revision trees, bodies of the leaves, one entry per
// document in the sequence of changes. Everything here happens at once; `simulated-database` puts
// the asynchronous port in front of it, and `replication` joins two of them.

import { ConflictError } from '../../platform/couch/database.ts';
import { generationOf } from '../../platform/couch/exclusive/leaf-order.ts';
import { AttachmentStore, type AttachmentStub } from './attachment-store.ts';
import { checkDocument, type DocumentBody, refused } from './document-body.ts';
import { FieldIndexes } from './field-indexes.ts';
import { compareIds } from './id-order.ts';
import { Leaf, nextRevision, withBranch } from './revisions.ts';

/** A leaf with its content, as replication carries it. */
export interface Branch {
  id: string;
  leaf: Leaf;
  /** The document without `_id` and `_rev`, as JSON. */
  json: string;
}

export interface StoredDocument {
  id: string;
  /** Place of its latest write in the sequence of changes. */
  seq: number;
  /** The winner first. */
  leaves: Leaf[];
  /** Content of each leaf, by revision. */
  json: Map<string, string>;
  /** The winner's content with `_id` and `_rev`, not to be changed; made when first needed. */
  parsed: Readonly<DocumentBody> | undefined;
  /** Whether readers share it. */
  shared: boolean;
}

export class DocumentStore {
  readonly name: string;
  readonly attachments = new AttachmentStore();
  #documents = new Map<string, StoredDocument>();
  /** Ids of all documents, deleted ones too, in byte order. */
  #ids: string[] = [];
  /** The document that was written at each sequence, from 1; nothing where it was written again. */
  #log: (StoredDocument | undefined)[] = [];
  #listeners = new Set<(written: StoredDocument) => void>();
  #living = 0;
  readonly #sharedReads: boolean;
  readonly indexes: FieldIndexes<StoredDocument>;

  /** `sharedReads`: who reads a document gets the same frozen one as all others. */
  constructor(name: string, sharedReads = false) {
    this.name = name;
    this.#sharedReads = sharedReads;
    this.indexes = new FieldIndexes(bodyOf, () => this.documents());
  }

  get lastSeq(): number {
    return this.#log.length;
  }

  /** How many documents there are that are not deleted. */
  get count(): number {
    return this.#living;
  }

  get(id: string): StoredDocument | undefined {
    return this.#documents.get(id);
  }

  /** All documents by id, deleted ones too. */
  *documents(startKey?: string, endKey?: string): Generator<StoredDocument> {
    const first = startKey === undefined ? 0 : this.#placeOf(startKey);
    for (let place = first; place < this.#ids.length; place++) {
      const id = this.#ids[place] as string;
      if (endKey !== undefined && compareIds(id, endKey) > 0) return;
      yield this.#documents.get(id) as StoredDocument;
    }
  }

  /** Documents whose latest write is later than `since`, in the order of these writes. */
  changesAfter(since: number, limit: number): StoredDocument[] {
    const changes: StoredDocument[] = [];
    for (let place = Math.max(since, 0); place < this.#log.length; place++) {
      const document = this.#log[place];
      if (document) changes.push(document);
      if (changes.length === limit) break;
    }
    return changes;
  }

  /** Ids of the documents that were written last, the latest first; none that is deleted. */
  newestIds(limit: number): string[] {
    const ids: string[] = [];
    for (let place = this.#log.length; place > 0 && ids.length < limit; place--) {
      const document = this.#log[place - 1];
      if (document && !isDeleted(document)) ids.push(document.id);
    }
    return ids;
  }

  /**
   * Takes a document out of the memory without a trace, as if it had never been: for who knows
   * that nobody will ask for it again.
   */
  forget(id: string): void {
    const document = this.#documents.get(id);
    if (!document) return;
    this.#documents.delete(id);
    this.#ids.splice(this.#placeOf(id), 1);
    this.#log[document.seq - 1] = undefined;
    this.indexes.replace(document, undefined);
    if (!isDeleted(document)) this.#living--;
  }

  /** Called after each write, while it happens; the returned function ends that. */
  onWrite(listener: (written: StoredDocument) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A client's write: replaces the leaf `_rev`. Throws ConflictError, DatabaseRefusedError. */
  write(doc: { _id: string; _rev?: string; _deleted?: boolean }): string {
    checkDocument(doc);
    const { _id: id, _rev, _deleted, ...body } = doc as DocumentBody;
    const existing = this.#documents.get(id);
    const parent = parentOf(existing, _rev);
    if (parent === 'conflict') throw new ConflictError(this.name, id);
    const before = existing?.json.get(parent?.rev ?? '');
    this.#acceptAttachments(id, body, before, (parent ? generationOf(parent.rev) : 0) + 1);
    const json = JSON.stringify(_deleted ? { _deleted: true, ...body } : body);
    const rev = nextRevision(parent?.rev, _deleted === true, json);
    const isDeletion = _deleted === true;
    const leaf = parent?.followedBy(rev, isDeletion) ?? Leaf.of([rev], isDeletion);
    this.#add(id, leaf, json);
    return rev;
  }

  /** A replicated leaf (`new_edits: false`): added as it is; nothing happens where it is known. */
  addBranch({ id, leaf, json }: Branch): void {
    if (!this.knows(id, leaf.rev)) this.#add(id, leaf, json);
  }

  knows(id: string, rev: string): boolean {
    const leaves = this.#documents.get(id)?.leaves ?? [];
    return leaves.some((leaf) => leaf.has(rev));
  }

  #acceptAttachments(
    id: string,
    body: Omit<DocumentBody, '_id'>,
    parentJson: string | undefined,
    generation: number,
  ): void {
    if (body._attachments === undefined) return;
    const before = parentJson ? (JSON.parse(parentJson) as DocumentBody)._attachments : undefined;
    const given = body._attachments as Record<string, AttachmentStub>;
    const stubs: Record<string, AttachmentStub> = {};
    for (const [name, attachment] of Object.entries(given)) {
      const stub = this.attachments.accept(attachment, before?.[name], generation);
      if (!stub) throw refused(412, `no attachment ${name} that ${id} could keep`);
      stubs[name] = stub;
    }
    body._attachments = stubs;
  }

  #add(id: string, added: Leaf, json: string): void {
    const existing = this.#documents.get(id);
    const wasLiving = existing !== undefined && !isDeleted(existing);
    const leaves = withBranch(existing?.leaves ?? [], added);
    const bodies = bodiesOf(leaves, existing, added.rev, json);
    const document: StoredDocument = {
      id,
      seq: this.#log.length + 1,
      leaves,
      json: bodies,
      parsed: undefined,
      shared: this.#sharedReads,
    };
    if (existing) this.#log[existing.seq - 1] = undefined;
    else this.#insertId(id);
    this.#documents.set(id, document);
    this.#log.push(document);
    this.#living += (isDeleted(document) ? 0 : 1) - (wasLiving ? 1 : 0);
    this.indexes.replace(existing, document);
    for (const listener of [...this.#listeners]) listener(document);
  }

  #insertId(id: string): void {
    const last = this.#ids.at(-1);
    if (last === undefined || compareIds(last, id) < 0) this.#ids.push(id);
    else this.#ids.splice(this.#placeOf(id), 0, id);
  }

  /** Of the first id that is not before this one. */
  #placeOf(id: string): number {
    let low = 0;
    let high = this.#ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareIds(this.#ids[middle] as string, id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function bodiesOf(
  leaves: readonly Leaf[],
  existing: StoredDocument | undefined,
  added: string,
  json: string,
): Map<string, string> {
  const bodies = new Map([[added, json]]);
  if (leaves.length === 1 && leaves[0]?.rev === added) return bodies;
  for (const { rev } of leaves) {
    const known = existing?.json.get(rev);
    if (known !== undefined) bodies.set(rev, known);
  }
  return bodies;
}

export function isDeleted(document: StoredDocument): boolean {
  return document.leaves[0]?.deleted === true;
}

/** The winning revision's content, shared by all who ask: not to be changed. */
export function bodyOf(document: StoredDocument): Readonly<DocumentBody> {
  document.parsed ??= parse(document, document.leaves[0] as Leaf);
  return document.parsed;
}

/** As `freshBodyOf`; where `wanted`, with the revisions of other living leaves. */
export function withConflicts(
  document: StoredDocument,
  wanted: boolean | undefined,
): DocumentBody {
  const body = freshBodyOf(document);
  if (!wanted) return body;
  const others = document.leaves.slice(1).flatMap(({ rev, deleted }) => (deleted ? [] : [rev]));
  return others.length > 0 ? { ...body, _conflicts: others } : body;
}

/** A leaf's content, of the winning revision where none is given; the caller's own. */
export function freshBodyOf(document: StoredDocument, rev?: string): DocumentBody {
  const [winner] = document.leaves as [Leaf];
  if (document.shared && (rev === undefined || rev === winner.rev)) return bodyOf(document);
  const leaf = rev === undefined ? winner : document.leaves.find((one) => one.rev === rev);
  return parse(document, leaf ?? winner);
}

function parse(document: StoredDocument, { rev }: Leaf): DocumentBody {
  const json = document.json.get(rev) as string;
  const body = { _id: document.id, _rev: rev, ...(JSON.parse(json) as object) };
  return document.shared ? frozen(body) : body;
}

function frozen<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null) frozen(part);
  }
  return Object.freeze(value);
}

/** The leaf that a write replaces; undefined where it begins a new document. */
function parentOf(
  existing: StoredDocument | undefined,
  rev: string | undefined,
): Leaf | undefined | 'conflict' {
  // CouchDB takes a write with a revision that it never had: the document goes on from there.
  if (!existing) return rev === undefined ? undefined : Leaf.of([rev], false);
  const living = existing.leaves.filter(({ deleted }) => !deleted);
  if (rev === undefined) return living.length === 0 ? existing.leaves[0] : 'conflict';
  return living.find((leaf) => leaf.rev === rev) ?? 'conflict';
}
