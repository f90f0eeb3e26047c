/** Turns the attachments of an edit into what the row stores: bytes become blobs, stubs are found. */
import { CouchError } from '../../couch-error.ts';
import type { Connection } from '../connection.ts';
import type { AttachmentEdit } from '../documents/attachment-edit.ts';
import type { Edit } from '../documents/document.ts';
import { parseAtts, type StoredAttachment } from '../documents/row.ts';
import type { BlobStore } from './blob-store.ts';

interface Parent {
  readonly rev: string;
  readonly atts: string | null;
}

export class AttachmentWriter {
  readonly #connection: Connection;
  readonly #blobs: BlobStore;

  constructor(connection: Connection, blobs: BlobStore) {
    this.#connection = connection;
    this.#blobs = blobs;
  }

  /**
   * JSON of the row's `atts`; null for none. With `parentRev` stubs mean that revision's
   * attachments, without any revision's. New bytes are of the new generation, whatever a client says
   * of their age; a replication tells the age. Throws CouchError 412 `missing_stub`, before any write.
   */
  store(
    edit: Edit,
    generation: number,
    parentRev: string | undefined,
    row: Parent | undefined,
    replicated = false,
  ): string | null {
    if (edit.attachments.length === 0) return null;
    const stubs = new Map<string, StoredAttachment>();
    for (const one of edit.attachments) {
      if (one.kind === 'stub') stubs.set(one.name, this.#known(edit.id, one, parentRev, row));
    }
    const entries = edit.attachments.map((one): [string, StoredAttachment] => [
      one.name,
      stubs.get(one.name) ?? this.#new(one, replicated ? (one.revpos ?? generation) : generation),
    ]);
    return JSON.stringify(Object.fromEntries(entries));
  }

  /** Whether all stubs are there, for requests of several documents: nothing may be half-written. */
  check(edit: Edit): void {
    for (const one of edit.attachments) {
      if (one.kind !== 'stub') continue;
      const sql = 'SELECT rev, atts FROM docs WHERE id = ?';
      const row = this.#connection.sql(sql).get(edit.id) as Parent | undefined;
      this.#known(edit.id, one, undefined, row);
    }
  }

  #known(
    id: string,
    stub: AttachmentEdit & { kind: 'stub' },
    parentRev: string | undefined,
    row: Parent | undefined,
  ): StoredAttachment {
    for (const atts of this.#candidates(id, parentRev, row)) {
      const found = Object.hasOwn(atts, stub.name) ? atts[stub.name] : undefined;
      const same = stub.digest === undefined || parentRev !== undefined;
      const sameAge = stub.revpos === undefined || stub.revpos === found?.revpos;
      if (found && sameAge && (same || found.digest === stub.digest)) return found;
    }
    const reason = `Invalid attachment stub in ${id} for ${stub.name}`;
    throw new CouchError(412, 'missing_stub', reason);
  }

  *#candidates(id: string, parentRev: string | undefined, row: Parent | undefined) {
    if (!row) return;
    if (parentRev === undefined || parentRev === row.rev) yield parseAtts(row.atts);
    if (parentRev === row.rev) return;
    const sql = 'SELECT rev, atts FROM revs WHERE id = ? AND atts IS NOT NULL ORDER BY n DESC';
    for (const { rev, atts } of this.#connection.sql(sql).all(id)) {
      if (parentRev === undefined || rev === parentRev) yield parseAtts(atts as string);
    }
  }

  #new(one: AttachmentEdit, revpos: number): StoredAttachment {
    if (one.kind === 'stub') throw new Error('a stub is never new');
    const blob = one.kind === 'data' ? this.#blobs.insert(one.data, one.contentType) : one.staged;
    const stored = {
      content_type: one.contentType,
      revpos,
      digest: blob.digest,
      length: blob.length,
      blob: blob.blob,
    };
    if (!blob.encoded) return stored;
    const { encoding, length } = blob.encoded;
    return { ...stored, encoding, encoded_length: length };
  }
}
