/** Reads documents: any revision, with what GET can add to it, as text or as objects. */
import { createGunzip, gunzipSync } from 'node:zlib';
import { badRequest, CouchError, notFound } from '../couch-error.ts';
import type { BlobStore } from './blob-store.ts';
import type { Connection } from './connection.ts';
import type { AttachmentContent, CouchDocument, GetOptions, OpenRevision } from './database.ts';
import {
  branchesOf,
  generationOf,
  hashOf,
  historyOf,
  leavesOf,
  parseRevision,
} from './rev-tree.ts';
import {
  type DocumentRow,
  documentText,
  openText,
  parseAtts,
  type Revision,
  type StoredAttachment,
  shownOf,
} from './row.ts';

/** A document as JSON text; `plain` where it holds nothing but its own members (it has an ETag). */
export interface DocumentText {
  readonly rev: string;
  readonly text: string;
  readonly plain: boolean;
}

/** Bytes of attachments inside a document's JSON: they are in memory several times over. */
const INLINE_MAX = 64 * 1024 ** 2;

const ROW = 'SELECT seq, id, rev, deleted, atts, tree, body FROM docs WHERE id = ?';
const OLD = 'SELECT rev, deleted, atts, body FROM revs WHERE id = ? AND rev = ?';
const AVAILABLE = 'SELECT rev, deleted FROM revs WHERE id = ?';

export class Reader {
  readonly #connection: Connection;
  readonly #blobs: BlobStore;

  constructor(connection: Connection, blobs: BlobStore) {
    this.#connection = connection;
    this.#blobs = blobs;
  }

  row(id: string): DocumentRow | undefined {
    return this.#connection.sql(ROW).get(id) as DocumentRow | undefined;
  }

  /** Throws CouchError 404 `missing` or `deleted`. */
  get(id: string, options: GetOptions = {}): DocumentText {
    const row = this.row(id);
    if (!row) throw notFound('missing');
    let revision: Revision = row;
    if (options.rev !== undefined) {
      parseRevision(options.rev);
      const wanted = options.latest ? latestOf(row, options.rev) : options.rev;
      const found = wanted === undefined ? undefined : this.revision(row, wanted);
      if (!found) throw notFound('missing');
      revision = found;
    } else if (row.deleted) {
      throw notFound('deleted');
    }
    return this.text(row, revision, options);
  }

  /** Throws CouchError 404 for `all` of a document that never was. */
  openRevs(
    id: string,
    revs: 'all' | readonly string[],
    options: GetOptions = {},
  ): (DocumentText | { readonly missing: string })[] {
    const row = this.row(id);
    if (!row) {
      if (revs === 'all') throw notFound('missing');
      return revs.map((rev) => ({ missing: rev }));
    }
    const wanted = revs === 'all' ? leavesOf(row).map(({ rev }) => rev) : revs;
    return wanted.map((rev) => {
      const target = options.latest ? (latestOf(row, rev) ?? rev) : rev;
      const revision = this.revision(row, target);
      return revision ? this.text(row, revision, options) : { missing: rev };
    });
  }

  openDocuments(
    id: string,
    revs: 'all' | readonly string[],
    options?: GetOptions,
  ): OpenRevision[] {
    return this.openRevs(id, revs, options).map((one) =>
      'missing' in one ? one : { ok: JSON.parse(one.text) as CouchDocument },
    );
  }

  revision(row: DocumentRow, rev: string): Revision | undefined {
    if (rev === row.rev) return row;
    return this.#connection.sql(OLD).get(row.id, rev) as Revision | undefined;
  }

  text(row: DocumentRow, revision: Revision, options: GetOptions): DocumentText {
    const { rev } = revision;
    if (options === NO_OPTIONS) return { rev, text: documentText(row.id, revision), plain: true };
    const added: string[] = [];
    if (options.revsInfo) added.push(`"_revs_info":${JSON.stringify(this.#revsInfo(row, rev))}`);
    if (options.localSeq) added.push(`"_local_seq":${row.seq}`);
    const others = leavesOf(row).filter((leaf) => leaf.rev !== rev);
    const list = (key: string, deleted: boolean): void => {
      const revs = others.filter((leaf) => leaf.deleted === deleted).map((leaf) => leaf.rev);
      if (revs.length > 0) added.push(`"${key}":${JSON.stringify(revs)}`);
    };
    if (options.conflicts) list('_conflicts', false);
    if (options.deletedConflicts) list('_deleted_conflicts', true);
    const plain = added.length === 0;
    if (options.revs) {
      const ids = historyOf(row, rev) ?? [hashOf(rev)];
      added.push(`"_revisions":${JSON.stringify({ start: generationOf(rev), ids })}`);
    }
    const end = added.length === 0 ? '}' : `,${added.join(',')}}`;
    return { rev, text: this.#body(row, revision, options) + end, plain };
  }

  attachment(id: string, name: string, rev?: string): AttachmentContent {
    const row = this.row(id);
    if (!row) throw notFound('missing');
    if (rev === undefined && row.deleted) throw notFound('deleted');
    if (rev !== undefined) parseRevision(rev);
    const revision = rev === undefined ? row : this.revision(row, rev);
    if (!revision) throw notFound('missing');
    const atts = parseAtts(revision.atts);
    const found = Object.hasOwn(atts, name) ? atts[name] : undefined;
    if (!found) throw notFound('Document is missing attachment');
    const { content_type: contentType, digest, length, revpos, blob } = found;
    const shown = { contentType, digest, length, revpos };
    const { encoding, encoded_length: encodedLength } = found;
    if (encoding === undefined || encodedLength === undefined) {
      const read = (start = 0, end = length - 1) => this.#blobs.read(blob, start, end);
      return { ...shown, read, readEncoded: read };
    }
    const readEncoded = () => this.#blobs.read(blob, 0, encodedLength - 1);
    const read = () => {
      const gunzip = createGunzip();
      // The reader sees the failure of the source as one of what it reads.
      return readEncoded()
        .on('error', (error) => gunzip.destroy(error))
        .pipe(gunzip);
    };
    return { ...shown, encoded: { encoding, length: encodedLength }, read, readEncoded };
  }

  #body(row: DocumentRow, revision: Revision, options: GetOptions): string {
    if (revision.atts === null) return openText(row.id, revision);
    if (!options.attachments) return documentText(row.id, revision).slice(0, -1);
    const since = options.attsSince ? this.oldestWanted(row, options.attsSince) : 0;
    const stored = Object.entries(parseAtts(revision.atts));
    const inline = stored.filter(([, { revpos }]) => revpos > since);
    if (inline.reduce((sum, [, { length }]) => sum + length, 0) > INLINE_MAX) {
      throw new CouchError(413, 'attachment_too_large', 'Ask for large attachments one by one');
    }
    const entries = stored.map(([name, stored]) => {
      const { length, ...shown } = shownOf(stored);
      if (stored.revpos <= since) return [name, { ...shown, length, stub: true }];
      return [name, { ...shown, data: this.#content(stored).toString('base64') }];
    });
    const atts = JSON.stringify(Object.fromEntries(entries));
    return `${openText(row.id, revision)},"_attachments":${atts}`;
  }

  #content({ blob, encoding, length }: StoredAttachment): Buffer {
    const bytes = this.#blobs.readAll(blob);
    return encoding === undefined ? bytes : gunzipSync(bytes, { maxOutputLength: length || 1 });
  }

  /** The highest generation among those of these revisions that this document has. */
  oldestWanted(row: DocumentRow, revs: readonly string[]): number {
    const known = revs.filter((rev) => historyOf(row, rev) !== undefined);
    return Math.max(0, ...known.map(generationOf));
  }

  #revsInfo(row: DocumentRow, rev: string): { rev: string; status: string }[] {
    const status = new Map<string, string>();
    const available = (one: { rev: string; deleted: number }): void => {
      status.set(one.rev, one.deleted ? 'deleted' : 'available');
    };
    for (const one of this.#connection.sql(AVAILABLE).all(row.id)) available(one as never);
    available(row);
    const newest = generationOf(rev);
    return (historyOf(row, rev) ?? []).map((hash, place) => {
      const name = `${newest - place}-${hash}`;
      return { rev: name, status: status.get(name) ?? 'missing' };
    });
  }
}

/** Reading with these is the quick way: nothing is looked at but the body. */
export const NO_OPTIONS: GetOptions = Object.freeze({});

/** The first leaf that descends from `rev`; undefined where `rev` is unknown. */
function latestOf(row: DocumentRow, rev: string): string | undefined {
  const { generation, hash } = parseRevision(rev);
  const under = new Set(
    branchesOf(row)
      .filter(({ newest, hashes }) => hashes[newest - generation] === hash)
      .map(({ newest, hashes }) => `${newest}-${hashes[0]}`),
  );
  return leavesOf(row).find((leaf) => under.has(leaf.rev))?.rev;
}

/** 400 for a list of revisions that is not one. */
export function checkRevisions(revs: unknown): readonly string[] {
  if (!Array.isArray(revs)) throw badRequest('The revisions must be a list');
  for (const rev of revs) parseRevision(rev);
  return revs as string[];
}
