/** Reads documents: any revision, with what GET can add to it, as text or as objects. */
import { createGunzip, gunzipSync } from 'node:zlib';
import { badRequest, CouchError, notFound } from '../couch-error.ts';
import type { BlobStore } from './attachments/blob-store.ts';
import type { Connection } from './connection.ts';
import type { AttachmentContent, CouchDocument, GetOptions, OpenRevision } from './database.ts';
import {
  branchesOf,
  byGeneration,
  canonicalRevision,
  generationOf,
  hashOf,
  historyOf,
  leavesOf,
  parseRevision,
} from './documents/rev-tree.ts';
import {
  type DocumentRow,
  documentText,
  encodingOf,
  openText,
  parseAtts,
  type RowRevision,
  type StoredAttachment,
  shownOf,
  stubs,
} from './documents/row.ts';

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

  /**
   * Throws CouchError 404 `missing` or `deleted`. With `latest` the winner, whatever `rev` says;
   * what is told about a document as a whole comes with its winner alone.
   */
  get(id: string, options: GetOptions = {}): DocumentText {
    const row = this.row(id);
    if (!row) throw notFound('missing');
    if (options.rev === undefined || options.latest) {
      if (row.deleted && !options.deleted) throw notFound('deleted');
      return this.text(row, row, options);
    }
    const found = this.revision(row, canonicalRevision(options.rev));
    if (!found) throw notFound('missing');
    return this.text(row, found, ofRevision(options));
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
    const targets = options.latest ? wanted.flatMap((rev) => leavesUnder(row, rev)) : wanted;
    return [...new Set(targets)].map((rev) => {
      const revision = this.revision(row, rev);
      return revision ? this.text(row, revision, ofRevision(options)) : { missing: rev };
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

  revision(row: DocumentRow, rev: string): RowRevision | undefined {
    if (rev === row.rev) return row;
    return this.#connection.sql(OLD).get(row.id, rev) as RowRevision | undefined;
  }

  text(row: DocumentRow, revision: RowRevision, options: GetOptions): DocumentText {
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

  #body(row: DocumentRow, revision: RowRevision, options: GetOptions): string {
    if (revision.atts === null) return openText(row.id, revision);
    const { encodingInfo = false } = options;
    if (!options.attachments) {
      return `${openText(row.id, revision)},"_attachments":${stubs(revision.atts, encodingInfo)}`;
    }
    const since = this.oldestWanted(row, revision.rev, options.attsSince);
    const stored = Object.entries(parseAtts(revision.atts));
    const inline = stored.filter(([, { revpos }]) => revpos > since);
    if (inline.reduce((sum, [, { length }]) => sum + length, 0) > INLINE_MAX) {
      throw new CouchError(413, 'attachment_too_large', 'Ask for large attachments one by one');
    }
    const entries = stored.map(([name, stored]) => {
      const { length, ...plain } = shownOf(stored);
      const shown = { ...plain, ...(encodingInfo ? encodingOf(stored) : {}) };
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

  /** The generation of the newest of `revs` that `rev` descends from; 0 for none. */
  oldestWanted(row: DocumentRow, rev: string, revs: readonly string[] = []): number {
    if (revs.length === 0) return 0;
    const newest = generationOf(rev);
    const hashes = historyOf(row, rev) ?? [hashOf(rev)];
    const place = hashes.findIndex((hash, n) => revs.includes(`${newest - n}-${hash}`));
    return place < 0 ? 0 : newest - place;
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

const ofRevision = ({
  rev,
  revs,
  attachments,
  attsSince,
  encodingInfo,
}: GetOptions): GetOptions => ({
  ...(rev === undefined ? {} : { rev }),
  ...(attsSince === undefined ? {} : { attsSince }),
  revs: revs === true,
  attachments: attachments === true,
  encodingInfo: encodingInfo === true,
});

/** The leaves that descend from `rev`; itself where it is unknown. */
function leavesUnder(row: DocumentRow, rev: string): string[] {
  const { generation, hash } = parseRevision(rev);
  const under = branchesOf(row)
    .filter(({ newest, hashes }) => hashes[newest - generation] === hash)
    .map(({ newest, hashes }) => `${newest}-${hashes[0]}`);
  return under.length === 0 ? [rev] : under;
}

/** As CouchDB lists them: what was found from the oldest generation on, then what is missing. */
export function inOrderOfRevisions<T extends { readonly rev: string }>(
  found: readonly (T | { readonly missing: string })[],
): (T | { readonly missing: string })[] {
  const revOf = (one: T | { readonly missing: string }): string =>
    'missing' in one ? one.missing : one.rev;
  const sorted = found.toSorted(
    (a, b) => Number('missing' in a) - Number('missing' in b) || byGeneration(revOf(a), revOf(b)),
  );
  return sorted.filter((one, n) => n === 0 || revOf(one) !== revOf(sorted[n - 1] as T));
}

/** 400 for a list of revisions that is not one. */
export function checkRevisions(revs: unknown): readonly string[] {
  if (!Array.isArray(revs)) throw badRequest('Invalid list of revisions');
  return revs.map(canonicalRevision);
}
