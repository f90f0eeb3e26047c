// Whose announcements a cache follows: of which run, of which executive, and of which source.

import { beforeEach, describe, expect, it } from 'vitest';
import { createReplicatedCache } from '../../../mockup/actors/replicated-cache/replicated-cache.ts';
import { databaseNames } from '../../../mockup/core/databases.ts';
import type { Executive } from '../../../mockup/core/executives.ts';
import type { NgasDocument } from '../../../mockup/core/products/ngas-document.ts';
import type { TreeSync, TreeSyncError } from '../../../mockup/platform/files/tree-sync.ts';
import { makeZip } from '../../../mockup/platform/files/zip.ts';
import { flatten } from '../../../mockup/simulator/files/file-tree.ts';
import { createSimulatedTreeSync } from '../../../mockup/simulator/files/simulated-tree-sync.ts';
import { Line, ousUid, type ProcessOptions } from '../helpers/line.ts';

const productsDir = '2015.1.00657.S_2018_07_19T07_10_03.781';
const weblog = 'weblog-X1-X1-Xb0-2018-07-19T07:10:03.781';

/** As XTSS keeps it where attempt `next` superseded the second, which wrote what is named above. */
const supersededBy = (next: number) =>
  [
    { timestamp: '2018-07-19T07:10:00.000', cause: 'attempt 2 of one' },
    { timestamp: '2018-07-19T07:15:00.000', cause: `attempt ${next} of one` },
  ].map((entry) => ({
    ...{ state: 'Processing' as const, substate: null, executive: 'EU' as const, by: 'test' },
    ...entry,
  }));

let line: Line;
let pulls: number;
let failures: TreeSyncError[];

beforeEach(async () => {
  line = await Line.start();
  await line.putOus({});
  pulls = 0;
  failures = [];
});

/** Between directories of the one tree; fails as often as `failures` says. */
function treeSync(): TreeSync {
  const direct = createSimulatedTreeSync({
    local: line.tree,
    hostNamed: () => undefined,
    reachable: () => true,
    travel: async () => {},
  });
  return {
    async pull(...args) {
      pulls++;
      const failure = failures.shift();
      if (failure) throw failure;
      await direct.pull(...args);
    },
  };
}

async function start(site: Executive = 'JAO', more: ProcessOptions = {}) {
  const process = line.process('replicated-cache', { site, treeSync: treeSync(), ...more });
  const cache = await line.run(
    createReplicatedCache(process.ports, {
      localCache: `/cache/${site}`,
      caches: { EU: '/cache/EU' },
      host: '127.0.0.1',
      port: site === 'JAO' ? 8000 : 8001,
    }),
  );
  return { process, cache };
}

const announce = (body: object, to: Executive = 'JAO') =>
  line.run(line.process('pipeline-driver').ports.bus.send(`cached.${to}`, body));
const ngas = () => line.docs<NgasDocument>(databaseNames.ngas);
const deliveries = async (to: Executive = 'JAO') =>
  (await line.messages(`cached.${to}`)).map(({ delivery }) => delivery);
const at = (site: Executive) => [...flatten(line.tree.require(`/cache/${site}`))];

async function writeWeblog(entries = [{ name: `${weblog}/index.html`, content: 'hello' }]) {
  const files = entries.map(({ name, content }) => ({ name, content: Buffer.from(content) }));
  await line.files.write(`/cache/EU/${weblog}.zip`, makeZip(files));
}

const cachedWeblog = { fileType: 'weblog', cachedAt: 'EU', name: `${weblog}.zip` };
const cachedProducts = { fileType: 'productsdir', cachedAt: 'EU', name: productsDir };

describe('the replicated cache', () => {
  it('lets go what a superseded run announced before, the archived weblog too', async () => {
    const of = (attempt: number) => ({ ousUID: ousUid, run: { assignment: 'one', attempt } });
    await line.files.write(`/cache/EU/${productsDir}/p.data`, 'data');
    await writeWeblog();
    await start('JAO');
    await announce({ ...cachedProducts, ...of(2) });
    await announce({ ...cachedWeblog, ...of(2) });
    await line.clock.runFor(1000);
    expect(await ngas()).toHaveLength(1);
    const withdraw = (body: object) =>
      line.run(line.process('torque-maui').ports.bus.send('withdrawn.JAO', body));
    await line.putOus({ run: { assignment: 'one', attempt: 5 }, history: supersededBy(5) });
    await withdraw({ fileType: 'productsdir', name: productsDir, ...of(2) });
    await withdraw({ fileType: 'weblog', name: `${weblog}.zip`, ...of(2) });
    await line.clock.runFor(1000);
    expect(at('JAO').map(([name]) => name)).toEqual(['weblogs/']);
    expect(await ngas()).toEqual([]);
  });

  it('withdraws nothing of a run that counts, nor of another OUS', async () => {
    await line.files.write(`/cache/EU/${productsDir}/p.data`, 'data');
    await line.putOus({ run: { assignment: 'one', attempt: 5 } });
    await start('JAO');
    const of = { ousUID: ousUid, run: { assignment: 'one', attempt: 5 } };
    await announce({ ...cachedProducts, ...of });
    await line.clock.runFor(1000);
    const { bus } = line.process('torque-maui').ports;
    await line.run(
      bus.send('withdrawn.JAO', { fileType: 'productsdir', name: productsDir, ...of }),
    );
    const earlier = { ...of, run: { assignment: 'one', attempt: 2 } };
    const other = { fileType: 'productsdir', name: '2019.1.00263.S_2018', ...earlier };
    await line.run(bus.send('withdrawn.JAO', other));
    await line.clock.runFor(120_000);
    expect(at('JAO').map(([name]) => name)).toContain(`${productsDir}/p.data`);
    const errors = (await line.messages('withdrawn.JAO')).map(({ delivery }) => delivery?.error);
    expect(errors.toSorted()).toEqual([
      expect.stringContaining('still counts'),
      expect.stringContaining('no name of uid://X1/X1/Xb0'),
    ]);
  });

  it('removes what was superseded while it travelled', async () => {
    const run = (attempt: number) => ({ assignment: 'one', attempt });
    const slow: TreeSync = {
      async pull(source, name, directory) {
        await line.clock.sleep(5000);
        await line.files.copy(`${source}/${name}`, `${directory}/${name}`);
      },
    };
    await line.files.write(`/cache/EU/${productsDir}/p.data`, 'data');
    await start('JAO', { treeSync: slow });
    await announce({ ...cachedProducts, ousUID: ousUid, run: run(2) });
    await line.clock.runFor(1000);
    await line.putOus({ run: run(7), history: supersededBy(7) });
    await line.clock.runFor(10_000);
    expect(await deliveries()).toMatchObject([{ state: 'done' }]);
    expect(at('JAO').map(([name]) => name)).toEqual(['weblogs/']);
  });

  describe('takes a directory only from the executive whose it is', () => {
    const executives = ['EU', 'EA'] as const;

    async function startAll() {
      for (const executive of executives) {
        await line.files.write(`/cache/${executive}/${productsDir}/p.data`, `of ${executive}`);
        await line.files.write(`/cache/${executive}/${weblog}.zip`, `of ${executive}`);
      }
      const process = line.process('replicated-cache', { site: 'JAO', treeSync: treeSync() });
      await line.run(
        createReplicatedCache(process.ports, {
          localCache: '/cache/JAO',
          caches: { EU: '/cache/EU', EA: '/cache/EA' },
          ...{ host: '127.0.0.1', port: 8000 },
        }),
      );
    }

    it.each([
      ['a directory of EU, before EU says so', { ...cachedProducts, cachedAt: 'EA' }],
      ['the same, by its OUS', { ...cachedProducts, cachedAt: 'EA', ousUID: ousUid }],
      ['a weblog of EU', { ...cachedWeblog, cachedAt: 'EA' }],
    ])('and not %s', async (_, body) => {
      await startAll();
      await announce(body);
      await line.clock.runFor(1000);
      expect(await deliveries()).toMatchObject([
        { state: 'dead', error: expect.stringContaining('does not belong to EA, but to EU') },
      ]);
      expect(pulls).toBe(0);
    });

    it('also where the other one has an OUS of the same project', async () => {
      const another = { _id: 'uid___X1_X1_Xb1', entityId: 'uid://X1/X1/Xb1' };
      await line.putOus({ ...another, flags: { PL_PROCESSING_EXECUTIVE: 'EA' }, history: [] });
      await line.server.open(databaseNames.pipelineReports).put({
        ...{ _id: 'report', ousUID: ousUid, source: 'EU', productsDir },
      });
      await startAll();
      await announce({ ...cachedProducts, cachedAt: 'EA' });
      await announce(cachedProducts);
      await line.clock.runFor(1000);
      const states = (await deliveries()).map((delivery) => delivery?.state);
      expect(states.toSorted()).toEqual(['dead', 'done']);
      const content = await line.files.read(`/cache/JAO/${productsDir}/p.data`);
      expect(Buffer.from(content).toString()).toBe('of EU');
    });

    it('waits for an OUS that is not known yet', async () => {
      await startAll();
      const later = { _id: 'uid___X1_X1_Xb-9', entityId: 'uid://X1/X1/Xb-9' };
      const name = 'weblog-X1-X1-Xb-9-2018-07-19T07:10:03.781';
      const zip = makeZip([{ name: `${name}/index.html`, content: Buffer.from('x') }]);
      await line.files.write(`/cache/EU/${name}.zip`, zip);
      await announce({ ...cachedWeblog, name: `${name}.zip` });
      await line.clock.runFor(2000);
      expect(await deliveries()).toMatchObject([{ state: 'open' }]);
      await line.putOus(later);
      await line.clock.runFor(20_000);
      expect(await deliveries()).toMatchObject([{ state: 'done' }]);
    });
  });

  it('takes from one source while another never answers', async () => {
    const link: TreeSync = {
      async pull(source, ...more) {
        if (source === '/cache/NA') await new Promise(() => {});
        await treeSync().pull(source, ...more);
      },
    };
    const process = line.process('replicated-cache', { site: 'JAO', treeSync: link });
    await line.run(
      createReplicatedCache(process.ports, {
        localCache: '/cache/JAO',
        caches: { EU: '/cache/EU', NA: '/cache/NA' },
        ...{ host: '127.0.0.1', port: 8000 },
      }),
    );
    const another = { _id: 'uid___X1_X1_Xn', entityId: 'uid://X1/X1/Xn', progID: '2016.1.0.S' };
    await line.putOus({ ...another, flags: { PL_PROCESSING_EXECUTIVE: 'NA' }, history: [] });
    for (let n = 0; n < 100; n++) {
      await announce({ ...cachedProducts, cachedAt: 'NA', name: `2016.1.0.S_2018_01_01T${n}` });
    }
    await line.files.write(`/cache/EU/${productsDir}/p.data`, 'data');
    await line.clock.runFor(60_000);
    await announce(cachedProducts);
    await line.clock.runFor(1000);
    expect(at('JAO').map(([name]) => name)).toContain(`${productsDir}/p.data`);
  });
});
