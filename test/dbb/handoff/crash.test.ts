// Crashes: the manager, an ssh of its, or sshd with all its sessions are killed at random points.
// Somebody at the endpoint takes the files away as they arrive, so that nothing can be concluded
// from what lies in the buffer there: each file must arrive once all the same.

import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { integerBetween, pickOne } from '../../../mockup/platform/random/random.ts';
import { createSeededRandom } from '../../../mockup/platform/random/seeded-random.ts';
import { checkRecords, readTree } from './checker.ts';
import { descendants, type Sshd, startSshd } from './sshd.ts';
import { writeTree } from './trees.ts';
import { createWorld, type Manager, until, type World } from './world.ts';

// Whole processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

const LONG = process.env.DRAWS_LONG !== undefined;
const KILLS = LONG ? 30 : 5;
const FILES = LONG ? 500 : 150;
const SEED = process.env.DRAWS_SEED ?? '1';

let world: World;
let sshd: Sshd;
let consumer: Consumer;

beforeEach(async () => {
  world = await createWorld();
  sshd = await startSshd(join(world.directory, 'ssh'));
  consumer = startConsumer(world.endpointBuffer, join(world.directory, 'storage'));
});

afterEach(async () => {
  consumer.stop();
  await sshd.stop();
  await world.close();
});

interface Consumer {
  /** Files that came a second time. */
  twice: string[];
  take(): void;
  stop(): void;
}

/** Moves what arrives to a storage area, like the manager of the endpoint. */
function startConsumer(buffer: string, storage: string): Consumer {
  const twice: string[] = [];
  const take = (): void => {
    for (const path of readTree(buffer).keys()) {
      const target = join(storage, path);
      if (existsSync(target)) twice.push(path);
      mkdirSync(dirname(target), { recursive: true });
      renameSync(join(buffer, path), target);
    }
  };
  const timer = setInterval(take, 15);
  return { twice, take, stop: () => clearInterval(timer) };
}

/** A process of the manager's that is one of these programs. */
function childOf(manager: Manager, programs: RegExp): number | undefined {
  return descendants(manager.child.pid ?? 0).find((pid) => programs.test(nameOf(pid)));
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

describe.each([
  ['rsync in bulk', 'rsync -a -e "ssh -F {ssh_config}" {file} {host}:{dest}/', {}],
  ['scp per directory', 'scp -F {ssh_config} -Bpq {file} {host}:{dest}', { bulk: 'template' }],
])('crashes, %s', (name, transfer, endpoint) => {
  it(`ships each of ${FILES} files once, whatever is killed ${KILLS} times`, async () => {
    const random = createSeededRandom(`${SEED} ${name}`);
    world.configure({
      remote: 'ssh -F {ssh_config} {host} "{command}"',
      transfer,
      endpoint: { host: 'endpoint', ssh_config: sshd.clientConfiguration, ...endpoint },
      general: { chunk_size: LONG ? 10 : 7, num_threads: 2, pause: 0.5, retry_limit: 0.5 },
    });
    const sources = writeTree(world.buffer, FILES, 20_000, 7);
    const share = Math.floor(FILES / (KILLS + 1));
    let manager = world.run();
    for (let kill = 1; kill <= KILLS; kill++) {
      // Somewhere between the last kill and the next: by progress, not by time.
      const held = kill * share - integerBetween(random, 0, share - 1);
      await until(
        () => `${held} held: ${manager.output()}`,
        () => readTree(world.holding).size >= held,
      );
      const victim = pickOne(random, ['manager', 'manager', 'ssh', 'sshd']);
      if (victim === 'manager') {
        manager.child.kill('SIGKILL');
        await manager.ended;
        manager = world.run();
      } else if (victim === 'ssh') {
        const pid = childOf(manager, /^(ssh|scp|rsync)$/);
        if (pid !== undefined) process.kill(pid, 'SIGKILL');
      } else {
        await sshd.kill();
        await sshd.start();
      }
    }
    await manager.said(/buffer scanned/);
    manager.child.kill('SIGTERM');
    expect(await manager.ended, manager.output()).toBe(0);
    await world.runUntilEmpty();
    consumer.take();

    expect(consumer.twice, 'arrived twice').toEqual([]);
    expect(readTree(join(world.directory, 'storage'))).toEqual(sources);
    expect(readTree(world.holding)).toEqual(sources);
    expect([...readTree(world.buffer).keys()], 'left in the buffer').toEqual([]);
    expect([...readTree(world.staging).keys()], 'left in staging').toEqual([]);
    await checkRecords(world, sources);
  }, 300_000);
});
