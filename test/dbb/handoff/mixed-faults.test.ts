// Kills with the faults of an operator's week mixed in: the manager, its ssh or sshd, or the database
// dies, a disk is full, the staging
// area is away, something is in a file's way, a writer goes on, or takes away what it wrote, names
// are odd. Afterwards a checker that reads only disks and database finds each content once.

import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { integerBetween, pickOne } from '../../../mockup/platform/random/random.ts';
import { createSeededRandom } from '../../../mockup/platform/random/seeded-random.ts';
import { pathOf, readTree, type Tree } from './checker.ts';
import { type DatabaseProcess, startDatabase } from './database-process.ts';
import { fullDisk, type SmallDisk } from './disks.ts';
import { descendants, type Sshd, startSshd } from './sshd.ts';
import { add, writeOddTree } from './trees.ts';
import { createWorld, type Manager, until, type World } from './world.ts';

const LONG = process.env.DRAWS_LONG !== undefined;
const ROUNDS = LONG ? 30 : 3;
const FILES_A_ROUND = LONG ? 15 : 5;
const SEED = process.env.DRAWS_SEED ?? '1';
const FAULTS = [
  ...(['kill', 'kill', 'ssh', 'sshd', 'staging', 'grow', 'vanish', 'in the way'] as const),
  ...(['disk', 'database'] as const),
];
/** Where disks can't be mounted that fault is a kill instead. */
const isRoot = process.getuid?.() === 0;

let world: World;
let sshd: Sshd;
let database: DatabaseProcess;
let disk: SmallDisk | undefined;

beforeEach(async () => {
  database = await startDatabase();
  world = await createWorld({ couchUrl: database.url });
  if (isRoot) {
    disk = fullDisk(join(world.directory, 'endpoint'), '64m');
    for (const place of [world.endpointBuffer, world.staging]) mkdirSync(place);
  }
  sshd = await startSshd(join(world.directory, 'ssh'));
  world.configure({
    remote: 'ssh -F {ssh_config} {host} "{command}"',
    transfer: 'rsync -a -e "ssh -F {ssh_config}" {file} {host}:{dest}/',
    endpoint: { host: 'endpoint', ssh_config: sshd.clientConfiguration },
    general: { chunk_size: 7, pause: 0.3, retry_limit: 0.5 },
  });
});

afterEach(async () => {
  await sshd.stop();
  disk?.release();
  disk = undefined;
  await database.end();
  await world.close();
});

/** A site with a manager, and what was written there. */
class Week {
  manager: Manager = world.run();
  /** Names of files that must arrive. */
  readonly written = new Set<string>();
  /** Those that their writer took away: they may have been quicker. */
  readonly taken = new Set<string>();
  readonly #inTheWay: string[] = [];
  #count = 0;

  /** Complete when it has its name, as an archiver does it. */
  write(directory: string): string {
    const path = join(directory, `file ${this.#count++}.fits`);
    const temporary = join(world.directory, 'writing');
    writeFileSync(temporary, `${path} ${'x'.repeat(3000)}`);
    mkdirSync(join(world.buffer, directory), { recursive: true });
    renameSync(temporary, join(world.buffer, path));
    this.written.add(path);
    return path;
  }

  async suffer(fault: (typeof FAULTS)[number]): Promise<void> {
    const path = this.write('night');
    const full = join(world.buffer, path);
    if (fault === 'kill') {
      this.manager.child.kill('SIGKILL');
      await this.manager.ended;
      this.manager = world.run();
    } else if (fault === 'ssh') killChildOf(this.manager);
    else if (fault === 'sshd') {
      await sshd.kill();
      await sshd.start();
    } else if (fault === 'staging') {
      renameSync(world.staging, `${world.staging}-away`);
      writeFileSync(world.staging, 'not a directory');
      await this.manager.said(/endpoint refuses|staging/);
      rmSync(world.staging);
      renameSync(`${world.staging}-away`, world.staging);
    } else if (fault === 'disk' && disk) {
      const since = this.manager.output().length;
      disk.fill('other files');
      this.write('night');
      await this.says(since, /No space left|refuses/);
      disk.remove('other files');
    } else if (fault === 'database') {
      const since = this.manager.output().length;
      await database.kill();
      this.write('night');
      await this.says(since, /CouchDB is away|can’t be written/);
      await database.start();
    } else if (fault === 'disk') {
      this.manager.child.kill('SIGKILL');
      await this.manager.ended;
      this.manager = world.run();
    } else if (fault === 'grow') {
      // In the buffer, or wherever it is by now.
      const place = [full, join(world.holding, path)].find((one) => existsSync(one));
      if (place !== undefined) appendIfThere(place);
    } else if (fault === 'vanish') {
      rmSync(full, { force: true });
      this.written.delete(path);
      this.taken.add(path);
    } else {
      // A directory is wanted there.
      const name = `in the way ${this.#inTheWay.length}`;
      writeFileSync(join(world.endpointBuffer, name), '');
      this.#inTheWay.push(name);
      this.write(name);
    }
  }

  says(since: number, pattern: RegExp): Promise<void> {
    const text = () => this.manager.output().slice(since);
    return until(
      () => `it says ${pattern}: ${text()}`,
      () => pattern.test(text()),
      120_000,
    );
  }

  /** Everything is mended, and all that waits is shipped. */
  async calm(): Promise<void> {
    for (const name of this.#inTheWay) rmSync(join(world.endpointBuffer, name));
    const left = () => namesIn(world.buffer);
    await until(
      () => `all is held: ${left().join(', ')}; ${this.manager.output()}`,
      () => left().length === 0,
      120_000,
    );
    // What was written to after it was held comes again.
    await until(() => `both sides are alike: ${this.manager.output()}`, alike, 60_000);
    this.manager.child.kill('SIGTERM');
    expect(await this.manager.ended, this.manager.output()).toBe(0);
    await world.runUntilEmpty();
  }
}

it(`loses, doubles and misstates nothing (${ROUNDS} faults, seed ${SEED})`, async () => {
  const random = createSeededRandom(SEED);
  const odd: Tree = writeOddTree(world.buffer, 40);
  for (const name of ['-', '.hdfmgr-notes', `${'n'.repeat(252)}`]) {
    add(world.buffer, odd, `odd/${name}`, name);
  }
  const week = new Week();
  for (let round = 0; round < ROUNDS; round++) {
    for (let one = 0; one < FILES_A_ROUND; one++) {
      week.write(`night ${integerBetween(random, 0, 2)}`);
    }
    await week.suffer(pickOne(random, FAULTS));
    await until(
      () => `it goes on: ${week.manager.output()}`,
      () => namesIn(world.holding).length > round * FILES_A_ROUND,
      120_000,
    );
  }
  await week.calm();
  await check(new Set([...week.written, ...odd.keys()]), week.taken);
}, 900_000);

/** Of the files below a directory in which a manager works, without its own. */
function namesIn(root: string): string[] {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('/.hdfmgr'))
    .map(({ name }) => name);
}

/** While something is moved a look at it may fail: then it is looked at again. */
function alike(): boolean {
  try {
    const there = readTree(world.endpointBuffer);
    return [...readTree(world.holding)].every(([path, content]) => there.get(path) === content);
  } catch {
    return false;
  }
}

function appendIfThere(path: string): void {
  try {
    appendFileSync(path, 'more');
  } catch {
    // It was moved in between.
  }
}

/** One of the programs that it has started. */
function killChildOf(manager: Manager): void {
  const [pid] = descendants(manager.child.pid ?? 0);
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

async function check(wanted: ReadonlySet<string>, maybe: ReadonlySet<string>): Promise<void> {
  const there = readTree(world.endpointBuffer);
  const held = readTree(world.holding);
  expect([...readTree(world.buffer).keys()], 'left in the buffer').toEqual([]);
  expect([...readTree(world.staging).keys()], 'left in staging').toEqual([]);
  const isKnown = (path: string) => wanted.has(path) || maybe.has(path);
  for (const [place, tree] of [
    ['here', held],
    ['there', there],
  ] as const) {
    expect(
      [...wanted].filter((path) => !tree.has(path)),
      `lost ${place}`,
    ).toEqual([]);
    expect(
      [...tree.keys()].filter((path) => !isKnown(path)),
      `doubled ${place}`,
    ).toEqual([]);
  }
  const records = Map.groupBy(await world.fileRecords(), pathOf);
  for (const [path, content] of held) {
    const mine = records.get(path) ?? [];
    const current = mine.filter(({ state }) => state === 'held');
    expect(
      current.map(({ checksum }) => checksum),
      `the record of ${path}`,
    ).toEqual([content]);
    const others = mine.map(({ state }) => state).filter((state) => state !== 'held');
    expect(
      others.filter((state) => state !== 'superseded'),
      path,
    ).toEqual([]);
    expect(there.get(path), `${path} there`).toBe(content);
  }
  for (const path of maybe) {
    if (held.has(path)) continue;
    const states = (records.get(path) ?? []).map(({ state }) => state);
    // It may have arrived before it was taken away here.
    expect(
      states.filter((state) => !['gone', 'transferred'].includes(state)),
      path,
    ).toEqual([]);
  }
}
