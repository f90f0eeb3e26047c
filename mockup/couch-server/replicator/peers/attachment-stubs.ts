import type { JsonObject } from '../../json-object.ts';
import { isObject } from './endpoint.ts';

// Attachments travel inside the document's JSON while they are small, and as streams beyond that:
// base64 of a large one would have to be held in memory whole, at both ends.

/** Bytes of all attachments of a document up to which they are carried inline. */
export const inlineBytesMax = 256 * 1024;

export type AttachmentStub = JsonObject & { length: number };

/** The attachments of a document that came without their content, by name. */
export function attachmentStubs(document: JsonObject): Map<string, AttachmentStub> {
  const stubs = new Map<string, AttachmentStub>();
  const attachments = document._attachments;
  if (!isObject(attachments)) return stubs;
  for (const [name, entry] of Object.entries(attachments)) {
    if (isObject(entry) && typeof entry.length === 'number' && entry.data === undefined) {
      stubs.set(name, entry as AttachmentStub);
    }
  }
  return stubs;
}

export function stubBytes(stubs: ReadonlyMap<string, AttachmentStub>): number {
  let bytes = 0;
  for (const stub of stubs.values()) bytes += stub.length;
  return bytes;
}

/**
 * What a target has to be told of an attachment beside its content. The digest and the encoding
 * are the source's own affair (it may store the bytes compressed).
 */
export function attachmentDescription({ content_type, revpos }: JsonObject): JsonObject {
  return { content_type, ...(revpos === undefined ? {} : { revpos }) };
}

/** The document with inline attachments reduced to content and description. */
export function withPlainAttachments<T extends JsonObject>(document: T): T {
  if (!isObject(document._attachments)) return document;
  const plain: JsonObject = {};
  for (const [name, entry] of Object.entries(document._attachments)) {
    const inline = isObject(entry) && typeof entry.data === 'string';
    plain[name] = inline ? { ...attachmentDescription(entry), data: entry.data } : entry;
  }
  return { ...document, _attachments: plain };
}
