// What every pairing has to carry: a database with each kind of attachment, branch and deletion,
// and the changes that a second replication then finds.

import { createHash } from 'node:crypto';
import type { Remote } from './remote.ts';

const MIB = 1024 * 1024;
const text = (bytes: number, word: string) => Buffer.alloc(bytes, `${word}\n`);

/** Bytes that no compression makes smaller, the same for the same seed. */
export function noise(bytes: number, seed: string): Buffer {
  const block = Buffer.alloc(32 * 1024);
  for (let at = 0; at < block.length; at += 32) {
    createHash('sha256').update(`${seed} ${at}`).digest().copy(block, at);
  }
  return Buffer.alloc(bytes, block);
}

type File = { type: string; data: Buffer };
const png = (data: Buffer): File => ({ type: 'image/png', data });
const plain = (data: Buffer): File => ({ type: 'text/plain', data });

/**
 * A revision with its history, the newest first; the names stand for the hashes. Its files came
 * with it.
 */
function branch(id: string, ids: string[], files: Record<string, File> = {}, more: object = {}) {
  const inline = Object.entries(files).map(([name, { type, data }]) => [
    name,
    { content_type: type, revpos: ids.length, data: data.toString('base64') },
  ]);
  return {
    _id: id,
    _revisions: { start: ids.length, ids: ids.map((name) => hash(name)) },
    made: ids.join(' of '),
    ...(inline.length > 0 ? { _attachments: Object.fromEntries(inline) } : {}),
    ...more,
  };
}

const hash = (name: string) => createHash('md5').update(name).digest('hex');
const gone = { _deleted: true };

/** What some replicators cannot carry, also between servers of their own kind. */
export interface Odd {
  /** CouchDB 3.5 waits half a minute for the content of an attachment that has none. */
  empty: boolean;
  /** PouchDB leaves the attachments of deleted documents behind. */
  deletedWithFile: boolean;
}

export async function fill(remote: Remote, odd: Odd): Promise<void> {
  const several = {
    'one.txt': plain(text(40_000, 'one')),
    'two words ü.png': png(noise(70_000, 'two')),
    'three/in/folders': png(noise(1, 'three')),
    'four.json': { type: 'application/json', data: Buffer.from('{"four": 4}') },
    ...(odd.empty ? { five: plain(Buffer.alloc(0)) } : {}),
  };
  const both = { it: plain(text(400_000, 'c3')), other: png(noise(5, 'o')) };
  await remote.write([
    branch('plain', ['p2', 'p1'], {}, { deep: { list: [1, 'two', null, { three: 3.5 }] } }),
    branch('names/with +%&ü', ['n1']),
    branch('small', ['s1'], { 'a.png': png(noise(900, 's')) }),
    branch('several', ['v1'], several),
    branch('gzip', ['g1'], { 'log.txt': plain(text(300_000, 'line')) }),
    branch('conflict', ['b1', 'a1']),
    branch('conflict', ['b2', 'a1'], { it: png(noise(500, 'b2')) }),
    branch('conflict', ['c3', 'b3', 'a1'], both),
    branch('half-deleted', ['d1', 'a2'], { it: png(noise(300_000, 'd')) }),
    branch('half-deleted', ['d2', 'a2'], {}, gone),
    branch('deleted', ['f2', 'f1'], {}, { ...gone, reason: 'obsolete' }),
  ]);
  if (odd.empty) await remote.write([branch('empty', ['e1'], { it: png(Buffer.alloc(0)) })]);
  if (odd.deletedWithFile) {
    await remote.write([branch('archived', ['h1'], { it: png(noise(9_000, 'h')) }, gone)]);
  }
  await remote.attach('middle', 'binary', 'application/octet-stream', noise(3 * MIB, 'm'));
  await remote.attach('middle-text', 'log.txt', 'text/plain', text(3 * MIB, 'a line of a log'));
}

/** After this, most documents of the first round have a successor, a new branch or a deletion. */
export async function change(remote: Remote): Promise<void> {
  for (const id of ['plain', 'small', 'several', 'gzip', 'middle', 'middle-text']) {
    await remote.update(id, (document) => ({ ...document, changed: true }));
  }
  await remote.attach('several', 'one.txt', 'text/plain', text(90_000, 'another'));
  await remote.attach('middle', 'second', 'image/png', noise(400_000, 'second'));
  await remote.write([
    branch('conflict', ['c4', 'b2', 'a1'], {}, gone),
    branch('conflict', ['x2', 'x1'], { more: png(noise(300_000, 'x')) }),
    branch('small', ['y1'], { 'b.png': png(noise(9_000, 'y')) }),
  ]);
  await remote.update('names/with +%&ü', ({ _id, _rev }) => ({ _id, _rev, _deleted: true }));
}
