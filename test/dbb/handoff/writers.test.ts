// Writers as they are: one that takes its time, one that renames, one that writes a name again
// while, or after, it is shipped.

import {
  appendFileSync,
  closeSync,
  existsSync,
  futimesSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checksum, pathOf, readTree } from './checker.ts';
import { createWorld, until, type World } from './world.ts';

// Whole processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

const LONG = process.env.DRAWS_LONG !== undefined;

let world: World;

beforeEach(async () => {
  world = await createWorld();
});

afterEach(() => world.close());

/** What the world has of every content that was ever complete under a name. */
function heldContents(): string[] {
  return [...readTree(world.holding).values()];
}

describe('writers', () => {
  it('are waited for when they write in place, with general.settle', async () => {
    world.configure({ general: { settle: 1 } });
    const manager = world.run();
    await manager.said(/buffer scanned/);
    const path = join(world.buffer, 'slow.fits');
    writeFileSync(path, '');
    let written = '';
    for (let part = 0; part < 15; part++) {
      const text = `part ${part}\n`;
      appendFileSync(path, text);
      written += text;
      expect(existsSync(join(world.endpointBuffer, 'slow.fits'))).toBe(false);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await until('it is held', () => existsSync(join(world.holding, 'slow.fits')));
    manager.child.kill('SIGTERM');
    await manager.ended;
    expect(readFileSync(join(world.endpointBuffer, 'slow.fits'), 'utf8')).toBe(written);
    expect(readFileSync(join(world.holding, 'slow.fits'), 'utf8')).toBe(written);
    expect((await world.fileRecords()).map(({ state }) => state)).toEqual(['held']);
  });

  it('that go on after their file was held are noticed: all of it is shipped, and told', async () => {
    const manager = world.run();
    await manager.said(/buffer scanned/);
    const paths = ['night/goes-on.fits', 'night/touched.fits', 'night/same-size.fits'];
    mkdirSync(join(world.buffer, 'night'));
    const files = paths.map((path) => openSync(join(world.buffer, path), 'w'));
    for (const file of files) writeSync(file, 'a first half');
    await until('they are held', () => readTree(world.holding).size === 3);
    const [goesOn = 0, touched = 0, sameSize = 0] = files;
    writeSync(goesOn, ', and another');
    futimesSync(touched, 1_000_000, 1_000_000);
    writeSync(sameSize, 'A', 0);
    await until(manager.output, () =>
      [world.holding, world.endpointBuffer].every(
        (root) =>
          readTree(root).get('night/goes-on.fits') === checksum('a first half, and another') &&
          readTree(root).get('night/same-size.fits') === checksum('A first half'),
      ),
    );
    for (const file of files) closeSync(file);
    expect(manager.output()).toMatch(/goes-on.*it was written to after it was held/);
    manager.child.kill('SIGTERM');
    await manager.ended;
    const records = await world.fileRecords();
    const states = records.map((record) => `${pathOf(record)} ${record.state}`);
    expect(states.toSorted()).toEqual([
      ...['night/goes-on.fits held', 'night/goes-on.fits superseded'],
      ...['night/same-size.fits held', 'night/same-size.fits superseded'],
      'night/touched.fits held',
    ]);
    const old = records.find(
      ({ state, size_bytes }) => state === 'superseded' && size_bytes === 12,
    );
    expect(old).toMatchObject({ batch: expect.any(String), held_on: expect.any(String) });
    expect(old?.reason).toMatch(/written to after it was held: it is shipped again/);
  });

  it('may change a file while it is sent: that is sent again, and never held half', async () => {
    // The transfer waits for a sign, so that the change falls into it.
    const sign = join(world.directory, 'go-on');
    const slow = join(world.directory, 'slow-copy');
    writeFileSync(
      slow,
      `#!/bin/sh\ncp -p "$1" "$2"\nwhile [ ! -e '${sign}' ]; do sleep 0.05; done\n`,
      {
        mode: 0o755,
      },
    );
    world.configure({ transfer: `${slow} {file} {dest}` });
    writeFileSync(join(world.buffer, 'a.fits'), 'old content');
    const manager = world.run();
    await until('it was copied to the staging area', () => readTree(world.staging).size === 1);
    writeFileSync(join(world.buffer, 'a.fits'), 'new content');
    writeFileSync(sign, '');
    await until('it is held', () => existsSync(join(world.holding, 'a.fits')));
    manager.child.kill('SIGTERM');
    await manager.ended;
    expect(readFileSync(join(world.endpointBuffer, 'a.fits'), 'utf8')).toBe('new content');
    expect(readTree(world.holding)).toEqual(new Map([['a.fits', checksum('new content')]]));
    const records = await world.fileRecords();
    const states = records.map((record) => `${pathOf(record)} ${record.state}`).sort();
    expect(states).toEqual(['a.fits held', 'a.fits superseded']);
  });

  it('may rewrite names without end: every last content arrives and none is lost', async () => {
    const rounds = LONG ? 60 : 15;
    const names = LONG ? 20 : 8;
    const incoming = join(world.directory, 'incoming');
    mkdirSync(incoming);
    const manager = world.run();
    await manager.said(/buffer scanned/);
    const last = new Map<string, string>();
    for (let round = 0; round < rounds; round++) {
      for (let name = 0; name < names; name++) {
        const content = `content of round ${String(round).padStart(4, '0')} for ${name}`;
        writeFileSync(join(incoming, 'new'), content);
        renameSync(join(incoming, 'new'), join(world.buffer, `f${name}.fits`));
        last.set(`f${name}.fits`, content);
      }
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    const arrived = (): boolean =>
      [...last].every(([path, content]) => {
        const there = join(world.endpointBuffer, path);
        return existsSync(there) && readFileSync(there, 'utf8') === content;
      });
    await until('the last contents are there', arrived);
    await until('the buffer is empty', isEmpty);
    await until('the last contents are held', () => {
      const held = new Set(heldContents());
      return [...last.values()].every((content) => held.has(checksum(content)));
    });
    manager.child.kill('SIGTERM');
    expect(await manager.ended).toBe(0);
    expect([...readTree(world.buffer).keys()]).toEqual([]);
    // A content is held once, and what is on record as held is what is there.
    const held = heldContents();
    expect(new Set(held).size).toBe(held.length);
    const records = (await world.fileRecords()).filter(({ state }) => state === 'held');
    expect(records.map((record) => record.checksum).sort()).toEqual(held.sort());
    for (const record of records) {
      const content = readFileSync(join(world.holding, record.held_as ?? pathOf(record)));
      expect(checksum(content)).toBe(record.checksum);
    }
  });
});

function isEmpty(): boolean {
  return [...readTree(world.buffer).keys()].every((path) => path.startsWith('.hdfmgr'));
}
