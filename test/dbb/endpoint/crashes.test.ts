// Finder and ingesters are killed again and again while files arrive. In the end a checker that
// reads the disk, the database and the repository finds each file once everywhere. The long
// programme (DRAWS_LONG=1) kills 30 times over 1,000 files.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSeededRandom } from '../../../mockup/platform/random/seeded-random.ts';
import { butler, type Component, EndpointSite, fitsImage, until } from './endpoint-site.ts';

const isLong = process.env.DRAWS_LONG === '1';
const FILES = isLong ? 1000 : 120;
const KILLS = isLong ? 30 : 6;
const seed = process.env.DRAWS_SEED ?? '1';

// Whole processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

let site: EndpointSite;

beforeEach(async () => {
  site = await EndpointSite.open();
});

afterEach(async () => {
  await site.close();
});

/** What the three sources say, each file in one line. */
async function check(contents: ReadonlyMap<string, Buffer>): Promise<void> {
  const paths = [...contents.keys()].toSorted();
  expect(site.tree(site.buffer), 'left in the buffer').toEqual([]);
  expect(site.tree(site.storage), 'in the storage area').toEqual(paths);
  const damaged = paths.filter((path) => {
    return !contents.get(path)?.equals(readFileSync(join(site.storage, path)));
  });
  expect(damaged, 'not the same bytes').toEqual([]);

  const records = (await site.files()).map(({ _id }) => _id.slice('file:'.length));
  expect(records.toSorted(), 'on record').toEqual(paths);
  for (const database of ['gen3_events', 'null_events']) {
    const documents = await site.events(database);
    expect([...documents.keys()].toSorted(), `documents in ${database}`).toEqual(paths);
    const wrong = [...documents].flatMap(([path, { status, events, claim }]) => {
      const successes = events.filter((event) => event.status === 'SUCCESS').length;
      const isRight = status === 'SUCCESS' && successes === 1 && claim === undefined;
      return isRight ? [] : [`${path}: ${events.map((event) => event.status).join(' ')}`];
    });
    expect(wrong, `histories in ${database}`).toEqual([]);
  }

  const repository = new DatabaseSync(join(site.repository, 'gen3.sqlite3'), { readOnly: true });
  const raws = repository.prepare('SELECT path FROM raws').all();
  const doubled = repository.prepare('SELECT * FROM doubled').all();
  repository.close();
  const ingested = raws.map(({ path }) => String(path).slice(site.storage.length + 1));
  expect(ingested.toSorted(), 'in the repository').toEqual(paths);
  expect(doubled, 'two attempts at a time').toEqual([]);
}

describe('endpoint manager under kill -9', () => {
  it(
    `moves, records and ingests ${FILES} files once, though killed ${KILLS} times (seed ${seed})`,
    async () => {
      const random = createSeededRandom(seed);
      const settings = { unknown: 'retry', lease: 5 };
      const plugin = {
        name: 'Gen3Ingest',
        config: { butler: { root: site.repository }, command: butler },
      };
      const finder = site.finderConfiguration();
      const gen3 = site.ingesterConfiguration('gen3_events', plugin, settings);
      const none = site.ingesterConfiguration('null_events', { name: 'NullIngest' }, settings);
      const commands = [
        ['finder', 'start', finder],
        ['ingester', 'start', gen3],
        ['ingester', 'start', gen3],
        ['ingester', 'start', none],
      ];
      expect((await site.run('initdb', gen3)).exitCode).toBe(0);
      const running: Component[] = commands.map((command) => site.start(...command));
      const contents = new Map<string, Buffer>();
      const deliver = (count: number): void => {
        for (let index = 0; index < count && contents.size < FILES; index++) {
          const name = `night-${contents.size % 7}/image ${contents.size}.fits`;
          const content = fitsImage(name);
          contents.set(name, content);
          site.put(name, content);
        }
      };
      const events = site.databases().open('gen3_events');
      const progress = async (): Promise<number> =>
        Number.parseInt((await events.info()).updateSeq, 10);
      for (let kill = 0; kill < KILLS; kill++) {
        deliver(Math.ceil(FILES / KILLS));
        const goal = (await progress()) + Math.floor(random.next() * 40);
        const isDone = async (): Promise<boolean> =>
          Object.values(await site.statuses('gen3_events')).filter((one) => one === 'SUCCESS')
            .length === contents.size;
        await until(
          'there is some progress',
          async () => (await progress()) >= goal || (await isDone()),
        );
        const victim = Math.floor(random.next() * commands.length);
        running[victim]?.process.kill('SIGKILL');
        await running[victim]?.ended;
        running[victim] = site.start(...(commands[victim] ?? []));
      }
      deliver(FILES);
      for (const database of ['gen3_events', 'null_events']) {
        const open = async () =>
          [...(await site.events(database))].filter(([, { status }]) => status !== 'SUCCESS');
        const isOver = async (): Promise<boolean> =>
          (await open()).length === 0 && (await site.events(database)).size === FILES;
        await until(`all succeeded in ${database}`, isOver, 240_000).catch(async (error) => {
          const left = (await open()).map(([path, { events: all }]) => {
            const last = all.at(-1);
            return `${path}: ${all.map((one) => one.status).join(' ')} (${last?.err_message})`;
          });
          expect(left, String(error)).toEqual([]);
        });
      }
      await until('the buffer is empty', () => site.tree(site.buffer).length === 0);
      await Promise.all(running.map((component) => site.stop(component)));
      await check(contents);
    },
    isLong ? 1_200_000 : 300_000,
  );

  it('leaves in doubt what a dead ingester had begun, and takes it up only when asked', async () => {
    site.put('a.fits', fitsImage('a'), site.storage);
    await site.record('a.fits');
    const plugin = { name: 'CommandIngest', config: { command: 'tail -f {file}' } };
    const config = site.ingesterConfiguration('events', plugin);
    const pending = () =>
      until('it is taken', async () => (await site.statuses('events'))['a.fits'] === 'PENDING');
    const first = site.start('ingester', 'start', config);
    await pending();
    first.process.kill('SIGKILL');
    await first.ended;
    const second = site.start('ingester', 'start', config);
    await until(
      'it is in doubt',
      async () => (await site.statuses('events'))['a.fits'] === 'UNKNOWN',
    );
    expect(await site.run('ingester', 'rerun', config, 'a.fits')).toMatchObject({ exitCode: 0 });
    await pending();
    second.process.kill('SIGKILL');
    await second.ended;
    const history = (await site.events('events')).get('a.fits')?.events;
    expect(history?.map(({ status }) => status)).toEqual([
      'UNTRIED',
      'PENDING',
      'UNKNOWN',
      'RERUN',
      'PENDING',
    ]);
    expect(history?.[2]?.err_message).toMatch(/process \d+ on .* ended before/);
  });

  it('takes over at once where one of two dies, and lets a living one keep its files', async () => {
    for (const name of ['a.fits', 'b.fits']) site.put(name, fitsImage(name), site.storage);
    await site.record('a.fits', 'b.fits');
    const plugin = { name: 'CommandIngest', config: { command: 'tail -f {file}' } };
    const settings = { batch_size: 1, unknown: 'retry', lease: 600 };
    const config = site.ingesterConfiguration('events', plugin, settings);
    const components = [
      site.start('ingester', 'start', config),
      site.start('ingester', 'start', config),
    ];
    const claims = async () => {
      const all = [...(await site.events('events')).values()];
      return all.map(({ status, claim }) => (status === 'PENDING' ? claim?.instance : undefined));
    };
    const before = await until('both are taken', async () => {
      const seen = await claims();
      return seen.length === 2 && seen.every((one) => one) && seen;
    });
    expect(new Set(before).size).toBe(2);
    components[0]?.process.kill('SIGKILL');
    await components[0]?.ended;
    // The lease would last ten minutes; the living one has its only lane busy.
    await until('the files of the dead one are in doubt', async () => {
      const seen = Object.values(await site.statuses('events'));
      return seen.toSorted().join() === 'PENDING,UNKNOWN';
    });
    expect((await claims()).filter((one) => one)).toHaveLength(1);
  });
});
