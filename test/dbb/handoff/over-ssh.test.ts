// The manager over a real sshd: what arrives is equal byte for byte, whatever it is called.

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkShipped } from './checker.ts';
import { type Sshd, startSshd } from './sshd.ts';
import { CANARY, writeOddDirectories, writeOddTree, writeTree } from './trees.ts';
import { createWorld, type World } from './world.ts';

// Whole processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

/** All names, and all of them in a directory that has the first of them. */
const FILES = process.env.DRAWS_LONG ? 2000 : 120;
const LIMIT_MS = 300_000;

let world: World;
let sshd: Sshd;

beforeEach(async () => {
  world = await createWorld();
  sshd = await startSshd(join(world.directory, 'ssh'));
});

afterEach(async () => {
  await sshd.stop();
  await world.close();
});

function overSsh(transfer: string, endpoint: Record<string, unknown> = {}): void {
  world.configure({
    remote: 'ssh -F {ssh_config} {host} "{command}"',
    transfer,
    endpoint: { host: 'endpoint', ssh_config: sshd.clientConfiguration, ...endpoint },
  });
}

const SCP = 'scp -F {ssh_config} -Bpq {file} {host}:{dest}';
const RSYNC = 'rsync -a -e "ssh -F {ssh_config}" {file} {host}:{dest}/';

function expectNothingExecuted(): void {
  const places = [
    homedir(),
    join(world.directory, 'ssh/home'),
    process.cwd(),
    world.directory,
    world.buffer,
    world.holding,
  ];
  for (const place of [...places, world.endpointBuffer, world.staging]) {
    expect(existsSync(join(place, CANARY)), place).toBe(false);
  }
}

describe('the handoff manager over ssh', () => {
  it.each([
    ['scp, in bulk', SCP, {}],
    ['rsync, in bulk', RSYNC, {}],
    ['scp, as the template says', SCP, { bulk: 'template' }],
    ['rsync, with checksums compared there', RSYNC, { verify: 'checksum' }],
    ['one connection per command', SCP, { shared_connection: false }],
    ['no verification, no staging area', RSYNC, { verify: 'none', staging: null }],
  ])(
    'ships files of any name: %s',
    async (_name, transfer, endpoint) => {
      overSsh(transfer, endpoint);
      const sources = writeOddTree(world.buffer, FILES);
      await world.runUntilEmpty();
      await checkShipped(world, sources);
      expectNothingExecuted();
    },
    LIMIT_MS,
  );

  it('ships into directories of any name by programs that leave them to a shell', async () => {
    // The old protocol of scp, which versions before 9 have as their only one.
    const transfer = 'scp -O -F {ssh_config} -Bpq {batch} {host}:{dest}';
    overSsh(transfer, { bulk: 'template' });
    const sources = writeOddDirectories(world.buffer);
    await world.runUntilEmpty();
    await checkShipped(world, sources);
    expectNothingExecuted();
  });

  it.each([
    ['scp', SCP, 100],
    ['rsync', RSYNC, 20],
  ])('needs one connection for many files: %s', async (_name, transfer, files) => {
    overSsh(transfer, { bulk: 'template' });
    const sources = writeTree(world.buffer, files, 1000, files / 5);
    await world.runUntilEmpty();
    await checkShipped(world, sources);
    expect(sshd.connections()).toBe(1);
  });
});
