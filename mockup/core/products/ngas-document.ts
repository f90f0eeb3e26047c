// The document of one archived file in `ngas`. Its id is the file's name with `:` and `/` as `_`.

import { documentId } from '../identifiers.ts';

/** Up to this size a file is inside its document; above it is the attachment `contents`. */
const NGAS_INLINE_LIMIT_BYTES = 1024 * 1024;
export const NGAS_ATTACHMENT = 'contents';

export interface NgasDocument {
  _id: string;
  _rev?: string;
  /** Base64; absent where the file is an attachment. */
  encodedContents?: string;
  writeTimestamp: string;
  /** Absent where the Python mockup wrote the document, as is `checksum`. */
  size_bytes?: number;
  /** BLAKE2b-512 of the file, 128 hexadecimal digits. */
  checksum?: string;
  /** What the server says of attachments when the document is read. */
  _attachments?: Record<string, unknown>;
}

/** What is archived of one file. */
export interface ArchivedFile {
  name: string;
  size_bytes: number;
  checksum: string;
  writeTimestamp: string;
  /** Base64 of the whole file; only used up to the limit. */
  encodedContents: string;
}

export function ngasId(fileName: string): string {
  return documentId(fileName);
}

export function isInline(size_bytes: number): boolean {
  return size_bytes <= NGAS_INLINE_LIMIT_BYTES;
}

/** A new document; one above the limit gets its attachment in a second step. */
export function makeNgasDocument(file: ArchivedFile): NgasDocument {
  const doc: NgasDocument = {
    _id: ngasId(file.name),
    writeTimestamp: file.writeTimestamp,
    size_bytes: file.size_bytes,
    checksum: file.checksum,
  };
  if (isInline(file.size_bytes)) doc.encodedContents = file.encodedContents;
  return doc;
}

/** True where the file itself is there too, not only the document about it. */
export function hasContents(doc: NgasDocument): boolean {
  return typeof doc.encodedContents === 'string' || NGAS_ATTACHMENT in (doc._attachments ?? {});
}
