// Attachments: bytes beside a document, under its revisions.

import { describe, expect, test } from 'vitest';
import { ConflictError, type Document } from '../../../mockup/platform/couch/database.ts';
import type { Subject } from './database-contract.ts';

const content = Uint8Array.from({ length: 100_000 }, (_, n) => (n * 7) % 256);

export function attachmentContract(subject: Subject): void {
  describe('attachments', () => {
    test('are read as they were written', async () => {
      const { database } = subject;
      const rev = await database.put({ _id: 'a:b.zip', size_bytes: content.length } as Document);
      const attachment = { contentType: 'application/zip', content };
      const next = await database.putAttachment('a:b.zip', rev, 'contents', attachment);
      expect(next).toMatch(/^2-/);
      const read = await database.getAttachment('a:b.zip', 'contents');
      expect(read?.contentType).toBe('application/zip');
      expect(Buffer.compare(read?.content ?? new Uint8Array(), content)).toBe(0);
      const doc = await database.get('a:b.zip');
      expect(doc).toMatchObject({ _rev: next, size_bytes: content.length });
      expect(doc?._attachments).toMatchObject({
        contents: { content_type: 'application/zip', length: content.length, stub: true },
      });
    });

    test('stay when the document is written with their stubs, and go without', async () => {
      const { database } = subject;
      const attachment = { contentType: 'text/plain', content: Buffer.from('text') };
      const first = await database.put({ _id: 'a' });
      await database.putAttachment('a', first, 'note', attachment);
      const doc = (await database.get('a')) as Document;
      const kept = await database.put({ ...doc, more: true });
      const read = await database.getAttachment('a', 'note');
      expect(Buffer.from(read?.content ?? []).toString()).toBe('text');
      await database.put({ _id: 'a', _rev: kept });
      expect(await database.getAttachment('a', 'note')).toBeUndefined();
    });

    test('need the current revision', async () => {
      const { database } = subject;
      const first = await database.put({ _id: 'a' });
      await database.put({ _id: 'a', _rev: first, n: 2 } as Document);
      const attachment = { contentType: 'text/plain', content: Buffer.from('text') };
      const late = database.putAttachment('a', first, 'note', attachment);
      await expect(late).rejects.toThrow(ConflictError);
      expect(await database.getAttachment('a', 'note')).toBeUndefined();
      expect(await database.getAttachment('b', 'note')).toBeUndefined();
    });
  });
}
