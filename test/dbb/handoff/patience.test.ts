// What goes wrong at the endpoint or with the records: tried again for as long as it takes, one
// file's trouble is not another's, and what somebody must mend is said.

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startCouchServer } from '../../../mockup/couch-server/server.ts';
import { checkShipped, readTree } from './checker.ts';
import { freePort, startSshd } from './sshd.ts';
import { add, writeTree } from './trees.ts';
import { createWorld, until, type World } from './world.ts';

// Whole processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

let world: World;

beforeEach(async () => {
  world = await createWorld();
});

afterEach(() => world.close());

/** An executable in the world's directory. */
function script(name: string, text: string): string {
  const path = join(world.directory, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return path;
}

describe('an endpoint that is away', () => {
  it('is waited for, and everything is shipped when it is back', async () => {
    const sshd = await startSshd(join(world.directory, 'ssh'));
    try {
      world.configure({
        remote: 'ssh -F {ssh_config} {host} "{command}"',
        transfer: 'scp -F {ssh_config} -Bpq {file} {host}:{dest}',
        endpoint: { host: 'endpoint', ssh_config: sshd.clientConfiguration },
      });
      await sshd.kill();
      const sources = writeTree(world.buffer, 30, 1000);
      const manager = world.run();
      await manager.said(/the endpoint does not answer/);
      await sshd.start();
      await until('all are held', () => readTree(world.holding).size === sources.size);
      await manager.said(/the endpoint is back/);
      manager.child.kill('SIGTERM');
      expect(await manager.ended).toBe(0);
      await checkShipped(world, sources);
      // The outage was no fault of the files.
      expect((await world.fileRecords()).every(({ attempts }) => attempts === 0)).toBe(true);
    } finally {
      await sshd.stop();
    }
  });

  it('is told from one that refuses, with a hint for the one who must mend it', async () => {
    rmSync(world.staging, { recursive: true });
    writeFileSync(world.staging, 'a file where a directory should be');
    const sources = writeTree(world.buffer, 3, 10);
    const manager = world.run();
    await manager.said(/the endpoint refuses: somebody must mend this/);
    expect(manager.output()).toContain('is the path right?');
    rmSync(world.staging);
    await until('all are held', () => readTree(world.holding).size === sources.size);
    manager.child.kill('SIGTERM');
    await manager.ended;
    expect(readTree(world.endpointBuffer)).toEqual(sources);
  });

  it('says so where the program of the template is missing', async () => {
    world.configure({ transfer: 'no-such-program {file} {dest}' });
    writeTree(world.buffer, 3, 10);
    const manager = world.run();
    await manager.said(/no such program .*is the program of the template installed here/);
    manager.child.kill('SIGTERM');
    expect(await manager.ended).toBe(0);
  });
});

describe('one bad file', () => {
  it('does not hold up the others, and is tried again by itself', async () => {
    const bad = join(world.directory, 'bad');
    writeFileSync(bad, '');
    const copy = script(
      'copy',
      `case "$1" in */f7.fits) [ -e '${bad}' ] && { echo "disk trouble" >&2; exit 1; };; esac
       exec cp -p "$1" "$2"`,
    );
    world.configure({ transfer: `${copy} {file} {dest}`, general: { chunk_size: 8 } });
    const sources = writeTree(world.buffer, 20, 100);
    const manager = world.run();
    await until('all others are held', () => readTree(world.holding).size === 19);
    await manager.said(/file was not shipped.*disk trouble|disk trouble.*file was not shipped/);
    // The manager tells how it stands once a second.
    let status = '';
    await until(
      () => `the status tells of it: ${status}`,
      async () => {
        status = (await world.command('status', world.configuration)).output;
        return /d2\/f7\.fits" \(\d+ attempts?\): .*disk trouble/.test(status);
      },
    );
    rmSync(bad);
    await until('that one too', () => readTree(world.holding).size === 20);
    manager.child.kill('SIGTERM');
    await manager.ended;
    expect(readTree(world.endpointBuffer)).toEqual(sources);
    const record = (await world.fileRecords()).find(({ filename }) => filename === 'f7.fits');
    expect(record?.attempts).toBeGreaterThan(0);
    expect(record?.history.map(({ state }) => state)).toContain('failed');
    expect(record?.state).toBe('held');
  });

  it('does so too where its directory can not be made there', async () => {
    const bad = join(world.directory, 'bad');
    writeFileSync(bad, '');
    const remote = script(
      'remote',
      `case "$1" in *"p=\\$2"*poison*) [ -e '${bad}' ] && { echo "File name too long" >&2; exit 1; };; esac
       exec sh -c "$1"`,
    );
    world.configure({ remote: `${remote} {command}`, general: { chunk_size: 8 } });
    const sources = writeTree(world.buffer, 12, 100, 1);
    add(world.buffer, sources, 'poison/a.fits', 'its directory');
    const manager = world.run();
    await until(manager.output, () => readTree(world.holding).size === 12);
    await manager.said(/file was not shipped.*File name too long|too long.*file was not shipped/);
    rmSync(bad);
    await until(manager.output, () => readTree(world.holding).size === 13);
    manager.child.kill('SIGTERM');
    await manager.ended;
    expect(readTree(world.endpointBuffer)).toEqual(sources);
  });

  it('is found out where a whole batch fails because of it', async () => {
    const bad = join(world.directory, 'bad');
    writeFileSync(bad, '');
    const copy = script(
      'copy',
      `for f; do case "$f" in */f7.fits) [ -e '${bad}' ] && { echo "poison" >&2; exit 1; };; esac; done
       exec cp -p "$@"`,
    );
    world.configure({ transfer: `${copy} {batch} {dest}`, general: { chunk_size: 16 } });
    const sources = writeTree(world.buffer, 16, 100, 1);
    const manager = world.run();
    await until('all others are held', () => readTree(world.holding).size === 15);
    rmSync(bad);
    await until('that one too', () => readTree(world.holding).size === 16);
    manager.child.kill('SIGTERM');
    await manager.ended;
    expect(readTree(world.endpointBuffer)).toEqual(sources);
  });

  it.each([
    ['size', 'head -c 5 "$1" > "$2/$(basename "$1")"'],
    ['checksum', 'tr a-z A-Z < "$1" > "$2/$(basename "$1")"'],
  ])('that arrives with another %s is not delivered', async (verify, command) => {
    const broken = join(world.directory, 'broken');
    writeFileSync(broken, '');
    const copy = script('copy', `if [ -e '${broken}' ]; then ${command}; else cp "$1" "$2"; fi`);
    world.configure({ transfer: `${copy} {file} {dest}`, endpoint: { verify } });
    const sources = new Map<string, string>();
    add(world.buffer, sources, 'a.fits', 'some lower-case content');
    const manager = world.run();
    await manager.said(new RegExp(`arrived with another ${verify}`));
    expect(readTree(world.endpointBuffer).size).toBe(0);
    expect(existsSync(join(world.buffer, 'a.fits'))).toBe(true);
    rmSync(broken);
    await until('it is held', () => existsSync(join(world.holding, 'a.fits')));
    manager.child.kill('SIGTERM');
    await manager.ended;
    expect(readTree(world.endpointBuffer)).toEqual(sources);
  });
});

describe('a command that hangs', () => {
  it('is ended after general.timeout, and the transfer tried again', async () => {
    const hangs = join(world.directory, 'hangs');
    writeFileSync(hangs, '');
    const copy = script(
      'copy',
      `[ -e '${hangs}' ] && { rm '${hangs}'; sleep 600; }; cp -p "$1" "$2"`,
    );
    world.configure({ transfer: `${copy} {file} {dest}`, general: { timeout: 1 } });
    const sources = writeTree(world.buffer, 4, 100);
    await world.runUntilEmpty();
    await checkShipped(world, sources);
  });
});

describe('general.rate_limit', () => {
  it('spreads transfers over time where the command knows no limit', async () => {
    world.configure({
      transfer: 'cp -p {file} {dest}',
      general: { rate_limit: 0.1, chunk_size: 1 },
    });
    const sources = writeTree(world.buffer, 3, 50_000, 1);
    await world.runUntilEmpty();
    await checkShipped(world, sources);
    const starts = (await world.batchRecords())
      .map(({ trans_start_time }) => Date.parse(`${trans_start_time}Z`))
      .sort();
    // 50,000 bytes at 0.1 MiB/s are half a second; that is asked of the clock, not of the machine.
    expect((starts[2] ?? 0) - (starts[0] ?? 0)).toBeGreaterThan(900);
  });
});

describe('stopping', () => {
  it('waits for the transfer in flight, and begins no other', async () => {
    const started = join(world.directory, 'started');
    const sign = join(world.directory, 'go-on');
    const copy = script(
      'copy',
      `echo "$1" >> '${started}'; while [ ! -e '${sign}' ]; do sleep 0.05; done; cp -p "$1" "$2"`,
    );
    world.configure({ transfer: `${copy} {file} {dest}`, general: { chunk_size: 1 } });
    writeTree(world.buffer, 6, 100);
    const manager = world.run();
    await until('a transfer is in flight', () => existsSync(started));
    manager.child.kill('SIGTERM');
    await until('it notes that', async () => {
      const { output } = await world.command('status', '--json', world.configuration);
      return JSON.parse(output).running;
    });
    writeFileSync(sign, '');
    expect(await manager.ended).toBe(0);
    const begun = readFileSync(started, 'utf8').trim().split('\n').length;
    expect(readTree(world.holding).size).toBe(begun);
    expect(begun).toBeLessThan(6);
  });
});

describe('records', () => {
  it('follow when CouchDB is back, also after a crash', async () => {
    await world.close();
    const port = await freePort();
    world = await createWorld({ withoutCouch: true, couchUrl: `http://127.0.0.1:${port}` });
    const sources = writeTree(world.buffer, 50, 100);
    const manager = world.run();
    await manager.said(/CouchDB is away; files go on/);
    await until('all are held', () => readTree(world.holding).size === sources.size);
    manager.child.kill('SIGKILL');
    await manager.ended;
    const couch = await startCouchServer({ port });
    try {
      await world.runUntilEmpty();
      await checkShipped(world, sources);
    } finally {
      await couch.close();
    }
  });

  it('that are not written yet are told by --until-empty, and written by the next run', async () => {
    await world.close();
    const port = await freePort();
    world = await createWorld({ withoutCouch: true, couchUrl: `http://127.0.0.1:${port}` });
    const sources = writeTree(world.buffer, 5, 100);
    const away = world.run('--until-empty');
    expect(await away.ended, away.output()).toBe(1);
    expect(away.output()).toMatch(
      /not recorded yet: [1-9]\d* records .*the next run records them/,
    );
    expect(readTree(world.holding)).toEqual(sources);
    const couch = await startCouchServer({ port });
    try {
      expect(await world.runUntilEmpty()).not.toMatch(/not recorded/);
      await checkShipped(world, sources);
    } finally {
      await couch.close();
    }
  });

  it('of files that vanished while nobody looked are set right', async () => {
    world.configure({ remote: 'false {command}' });
    writeTree(world.buffer, 4, 100);
    const manager = world.run();
    await until('they are on record', async () => {
      const names = await world.server.names();
      return names.includes('handoff-files') && (await world.fileRecords()).length === 4;
    });
    manager.child.kill('SIGKILL');
    await manager.ended;
    rmSync(join(world.buffer, 'd0'), { recursive: true });
    world.configure({});
    await world.runUntilEmpty();
    await until('the lost one is known', async () => {
      const records = await world.fileRecords();
      return records.filter(({ state }) => state === 'held').length === 3;
    });
    const lost = (await world.fileRecords()).find(({ relpath }) => relpath === 'd0');
    expect(lost).toMatchObject({
      state: 'gone',
      reason: expect.stringMatching(/no longer in the buffer/),
    });
    expect(lost?.deleted_on).not.toBeNull();
  });
});
