/**
 * A document as its row holds it, and the JSON texts made of it. Texts are put together from the
 * stored body: reading a document parses nothing.
 */
import type { JsonObject } from '../../json-object.ts';
import type { CouchDocument } from '../database.ts';
import { type Leaf, leavesOf } from './rev-tree.ts';

/** One revision's content. */
export interface RowRevision {
  readonly rev: string;
  readonly deleted: number;
  /** JSON of StoredAttachments; null for none. */
  readonly atts: string | null;
  readonly body: string;
}

export interface DocumentRow extends RowRevision {
  readonly seq: number;
  readonly id: string;
  readonly tree: string;
}

export interface StoredAttachment {
  readonly content_type: string;
  readonly revpos: number;
  readonly digest: string;
  readonly length: number;
  readonly blob: number;
  /** Text is kept compressed, as CouchDB does; the digest is then of the compressed bytes. */
  readonly encoding?: 'gzip';
  readonly encoded_length?: number;
}

export interface StoredAttachments {
  [name: string]: StoredAttachment;
}

/** `{"_id":…,"_rev":…` and the body, with no closing brace, for members to follow. */
export function openText(id: string, revision: RowRevision): string {
  const head = `{"_id":${JSON.stringify(id)},"_rev":"${revision.rev}"`;
  const deleted = revision.deleted ? `${head},"_deleted":true` : head;
  return revision.body === '{}' ? deleted : `${deleted},${revision.body.slice(1, -1)}`;
}

/** The document as GET gives it without options. */
export function documentText(id: string, revision: RowRevision): string {
  const text = openText(id, revision);
  return revision.atts === null ? `${text}}` : `${text},"_attachments":${stubs(revision.atts)}}`;
}

export const parseAtts = (atts: string | null): StoredAttachments =>
  atts === null ? {} : (JSON.parse(atts) as StoredAttachments);

/** What clients see of an attachment; its encoding only where they ask for it. */
export function shownOf(
  stored: StoredAttachment,
): Pick<StoredAttachment, 'content_type' | 'revpos' | 'digest' | 'length'> {
  const { content_type, revpos, digest, length } = stored;
  return { content_type, revpos, digest, length };
}

/** How an attachment is kept, for those who ask; empty for one that is kept as it came. */
export function encodingOf({
  encoding,
  encoded_length,
}: StoredAttachment): Partial<Pick<StoredAttachment, 'encoding' | 'encoded_length'>> {
  return encoding === undefined || encoded_length === undefined
    ? {}
    : { encoding, encoded_length };
}

/** JSON of the stubs of stored attachments. */
export function stubs(atts: string, encodingInfo = false): string {
  const entries = Object.entries(parseAtts(atts)).map(([name, stored]) => [
    name,
    { ...shownOf(stored), ...(encodingInfo ? encodingOf(stored) : {}), stub: true },
  ]);
  return JSON.stringify(Object.fromEntries(entries));
}

/**
 * One committed change, shared by all feeds: whatever a feed needs of it is made once. `value` is
 * the parsed body where the writer had it.
 */
export class RowChange {
  readonly row: DocumentRow;
  readonly seq: string;
  #value: JsonObject | undefined;
  #document: CouchDocument | undefined;
  readonly #lines = new Map<string, string>();

  constructor(row: DocumentRow, incarnation: string, value?: JsonObject) {
    this.row = row;
    this.seq = `${row.seq}-${incarnation}`;
    this.#value = value;
  }

  /** What selectors are matched against: the body with `_id`, `_rev` and `_deleted`. */
  get document(): CouchDocument {
    if (this.#document) return this.#document;
    const { id, rev, deleted } = this.row;
    const value = (this.#value ??= JSON.parse(this.row.body) as JsonObject);
    this.#document = deleted
      ? { _id: id, _rev: rev, _deleted: true, ...value }
      : { _id: id, _rev: rev, ...value };
    return this.#document;
  }

  get leaves(): Leaf[] {
    return leavesOf(this.row);
  }

  /** The line of a feed; `docText` gives the document's JSON for feeds that want one. */
  line(allLeaves: boolean, docKey: string, docText: (row: DocumentRow) => string): string {
    const key = allLeaves ? `a${docKey}` : docKey;
    let line = this.#lines.get(key);
    if (line !== undefined) return line;
    const { id, rev, deleted } = this.row;
    const changes = allLeaves
      ? this.leaves.map((leaf) => `{"rev":"${leaf.rev}"}`).join(',')
      : `{"rev":"${rev}"}`;
    line = `{"seq":"${this.seq}","id":${JSON.stringify(id)},"changes":[${changes}]`;
    if (deleted) line += ',"deleted":true';
    line += docKey === '' ? '}' : `,"doc":${docText(this.row)}}`;
    this.#lines.set(key, line);
    return line;
  }
}
