// The contents of attachments, by digest; documents hold only stubs that name them.

import { createHash } from 'node:crypto';

/** What stands in `_attachments`; a client may give `data` (base64) instead of a stub. */
export interface AttachmentStub {
  content_type: string;
  digest: string;
  length: number;
  revpos: number;
  stub: true;
  data?: string;
}

export class AttachmentStore {
  #contents = new Map<string, Uint8Array>();

  get(digest: string): Uint8Array | undefined {
    return this.#contents.get(digest);
  }

  /** Takes over contents that another store holds. */
  copyFrom(other: AttachmentStore, digest: string): void {
    const content = other.get(digest);
    if (content) this.#contents.set(digest, content);
  }

  add(contentType: string, content: Uint8Array, revpos: number): AttachmentStub {
    const digest = `md5-${createHash('md5').update(content).digest('base64')}`;
    this.#contents.set(digest, Uint8Array.from(content));
    return { content_type: contentType, digest, length: content.length, revpos, stub: true };
  }

  /** The stub of what a client wrote; undefined where it refers to what is not there. */
  accept(
    given: AttachmentStub,
    before: AttachmentStub | undefined,
    revpos: number,
  ): AttachmentStub | undefined {
    if (typeof given.data !== 'string') return before;
    return this.add(given.content_type, Buffer.from(given.data, 'base64'), revpos);
  }
}
