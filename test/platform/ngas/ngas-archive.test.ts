import { beforeEach, describe, expect, it } from 'vitest';
import type { NgasDocument } from '../../../mockup/core/products/ngas-document.ts';
import type { Database, Stored } from '../../../mockup/platform/couch/database.ts';
import {
  ArchiveMismatchError,
  checksumOf,
  createNgasArchive,
  type NgasArchive,
} from '../../../mockup/platform/ngas/ngas-archive.ts';
import { createVirtualClock } from '../../../mockup/simulator/clock/virtual-clock.ts';
import { createSimulatedServer } from '../../../mockup/simulator/store/simulated-server.ts';

const name = 'weblog-X1-2018-07-19T07:10:03.781.zip';
const id = 'weblog-X1-2018-07-19T07_10_03.781.zip';
const content = Buffer.from('some bytes');
const large = Buffer.alloc(1024 * 1024 + 1, 'x');

let database: Database;
let archive: NgasArchive;

beforeEach(async () => {
  const clock = createVirtualClock();
  const server = createSimulatedServer({ clock });
  await server.create('ngas');
  database = server.open('ngas');
  archive = createNgasArchive(database, clock);
});

const stored = () => database.get<NgasDocument>(id) as Promise<Stored<NgasDocument>>;

describe('the archive', () => {
  it('keeps a file inside its document', async () => {
    expect(await archive.store(name, content)).toBe('stored');
    expect(await stored()).toMatchObject({
      encodedContents: content.toString('base64'),
      writeTimestamp: '2026-01-05T00:00:00.000',
      size_bytes: content.length,
      checksum: checksumOf(content),
    });
    expect(checksumOf(content)).toMatch(/^[0-9a-f]{128}$/);
  });

  it('keeps a file above 1 MiB as an attachment', async () => {
    const limit = large.subarray(0, 1024 * 1024);
    await archive.store('just not above', limit);
    expect(await database.getAttachment('just not above', 'contents')).toBeUndefined();
    await archive.store(name, large);
    const doc = await stored();
    expect(doc.encodedContents).toBeUndefined();
    expect(doc).toMatchObject({ size_bytes: large.length, checksum: checksumOf(large) });
    const attachment = await database.getAttachment(id, 'contents');
    expect(large.equals(attachment?.content ?? Buffer.alloc(0))).toBe(true);
  });

  it.each([
    ['small', content],
    ['large', large],
  ])('changes nothing when a %s file is stored again', async (_, file) => {
    await archive.store(name, file);
    const before = await stored();
    expect(await archive.store(name, file)).toBe('present');
    expect(await stored()).toEqual(before);
  });

  it('refuses another content of the same name', async () => {
    await archive.store(name, content);
    const before = await stored();
    const other = archive.store(name, Buffer.from('other bytes'));
    await expect(other).rejects.toThrow(ArchiveMismatchError);
    expect(await stored()).toEqual(before);
  });

  it('completes what a writer left that died before the attachment', async () => {
    await database.put({ _id: id, size_bytes: large.length, checksum: checksumOf(large) });
    expect(await archive.store(name, large)).toBe('stored');
    const attachment = await database.getAttachment(id, 'contents');
    expect(attachment?.content).toHaveLength(large.length);
  });

  it('knows the files of the Python mockup, which have no checksum', async () => {
    await database.put({ _id: id, encodedContents: content.toString('base64') });
    expect(await archive.store(name, content)).toBe('present');
    await expect(archive.store(name, large)).rejects.toThrow('another file');
  });
});
