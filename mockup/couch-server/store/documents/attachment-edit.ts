/** The `_attachments` of an incoming document: new data, staged data, or a stub of what is there. */
import { badRequest, CouchError } from '../../couch-error.ts';
import type { StagedAttachment } from '../database.ts';

/** Bytes that are kept compressed. `length` is theirs; the digest, too, is of these. */
export interface Encoded {
  readonly encoding: 'gzip';
  readonly length: number;
}

/** Only the blob store makes these, so JSON from a client cannot name somebody else's bytes. */
export class StagedBlob implements StagedAttachment {
  readonly blob: number;
  readonly length: number;
  readonly digest: string;
  readonly encoded: Encoded | undefined;

  constructor(blob: number, length: number, digest: string, encoded?: Encoded) {
    this.blob = blob;
    this.length = length;
    this.digest = digest;
    this.encoded = encoded;
  }
}

export type AttachmentEdit = {
  readonly name: string;
  readonly contentType: string;
  /** Given by replication; else the generation of the new revision. */
  readonly revpos: number | undefined;
} & (
  | { readonly kind: 'stub'; readonly digest: string | undefined }
  | { readonly kind: 'data'; readonly data: Buffer }
  | { readonly kind: 'staged'; readonly staged: StagedBlob }
);

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Throws CouchError 400 (`doc_validation`, `bad_request`). */
export function parseAttachments(given: unknown): AttachmentEdit[] {
  if (!isObject(given)) throw invalid('Bad special document member: _attachments');
  return Object.entries(given).flatMap(([name, value]) => {
    checkAttachmentName(name);
    // CouchDB passes over what is no object.
    return isObject(value) ? [parseAttachment(name, value)] : [];
  });
}

/** Throws CouchError 400 for a name that no attachment may have, by whatever way it comes. */
export function checkAttachmentName(name: string): string {
  if (name.startsWith('_')) {
    throw badRequest(`Attachment name '${name}' starts with prohibited character '_'`);
  }
  if (!name.isWellFormed()) throw badRequest('Attachment name is not UTF-8 encoded');
  return name;
}

function parseAttachment(name: string, value: { [key: string]: unknown }): AttachmentEdit {
  const type = value.content_type;
  const revpos = value.revpos;
  const common = {
    name,
    contentType: typeof type === 'string' ? type : 'application/octet-stream',
    revpos:
      Number.isSafeInteger(revpos) && (revpos as number) > 0 ? (revpos as number) : undefined,
  };
  if (/[\r\n\0]/.test(common.contentType)) throw invalid('Attachment content_type is not valid');
  const staged = value.staged;
  if (staged instanceof StagedBlob) {
    return { ...common, kind: 'staged', staged };
  }
  if (value.stub === true || value.follows === true) {
    const digest = value.digest;
    return { ...common, kind: 'stub', digest: typeof digest === 'string' ? digest : undefined };
  }
  const data = value.data;
  if (typeof data !== 'string' || !BASE64.test(data)) throw badBase64(name);
  return { ...common, kind: 'data', data: Buffer.from(data, 'base64') };
}

const isObject = (value: unknown): value is { [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const invalid = (reason: string): CouchError => new CouchError(400, 'doc_validation', reason);

const badBase64 = (name: string): CouchError => badRequest(`Invalid attachment data for ${name}`);
