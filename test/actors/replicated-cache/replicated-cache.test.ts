import { beforeEach, describe, expect, it } from 'vitest';
import { createReplicatedCache } from '../../../mockup/actors/replicated-cache/replicated-cache.ts';
import { databaseNames } from '../../../mockup/core/databases.ts';
import type { Executive } from '../../../mockup/core/executives.ts';
import type { NgasDocument } from '../../../mockup/core/products/ngas-document.ts';
import type { TreeSync } from '../../../mockup/platform/files/tree-sync.ts';
import { TreeSyncError } from '../../../mockup/platform/files/tree-sync.ts';
import { makeZip } from '../../../mockup/platform/files/zip.ts';
import { flatten } from '../../../mockup/simulator/files/file-tree.ts';
import { createSimulatedTreeSync } from '../../../mockup/simulator/files/simulated-tree-sync.ts';
import { Line, ousUid, type ProcessOptions } from '../helpers/line.ts';

const productsDir = '2015.1.00657.S_2018_07_19T07_10_03.781';
const weblog = 'weblog-X1-X1-Xb0-2018-07-19T07:10:03.781';

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
  it('at JAO becomes equal to that of the ARC, and archives the weblog', async () => {
    await line.files.write(`/cache/EU/${productsDir}/SOUS/GOUS/x/products/p.data`, 'data');
    await writeWeblog();
    await start('EU');
    await start('JAO');
    await announce(cachedWeblog, 'EU');
    await announce(cachedProducts);
    await announce(cachedWeblog);
    await line.clock.runFor(1000);
    expect(at('JAO').map(([name]) => name)).toContain(`weblogs/${weblog}/index.html`);
    expect(at('JAO')).toEqual(at('EU'));
    const docs = await ngas();
    expect(docs).toHaveLength(1);
    expect(docs[0]?._id).toBe('weblog-X1-X1-Xb0-2018-07-19T07_10_03.781.zip');
    const zip = await line.files.read(`/cache/EU/${weblog}.zip`);
    expect(Buffer.from(docs[0]?.encodedContents ?? '', 'base64').equals(zip)).toBe(true);
    expect(pulls).toBe(2);
  });

  it('keeps nobody waiting for many that are late', async () => {
    await line.files.write(`/cache/EU/${productsDir}/p.data`, 'data');
    await start('JAO');
    for (let n = 0; n < 20; n++)
      await announce({ ...cachedProducts, name: `${productsDir}-late-${n}` });
    await line.clock.runFor(60_000);
    await announce(cachedProducts);
    await line.clock.runFor(1000);
    expect(at('JAO').map(([name]) => name)).toContain(`${productsDir}/p.data`);
  });

  it('pulls nothing that was written here', async () => {
    await writeWeblog();
    await line.files.copy(`/cache/EU/${weblog}.zip`, `/cache/JAO/${weblog}.zip`);
    await line.putOus({ flags: { PL_PROCESSING_EXECUTIVE: 'JAO' }, history: [] });
    await start('JAO');
    await announce({ ...cachedWeblog, cachedAt: 'JAO' });
    await line.clock.runFor(1000);
    expect(pulls).toBe(0);
    expect(await ngas()).toHaveLength(1);
  });

  it('waits for a link that is down, while others go on', async () => {
    const away = () => new TreeSyncError('no route to host', { retriable: true });
    failures = Array.from({ length: 20 }, away);
    await writeWeblog();
    await start('JAO');
    await announce(cachedWeblog);
    await line.clock.runFor(60_000);
    expect(await deliveries()).toMatchObject([{ state: 'claimed', attempts: 1 }]);
    await line.clock.runFor(1_000_000);
    expect(pulls).toBe(21);
    expect(await deliveries()).toMatchObject([{ state: 'done', attempts: 1 }]);
  });

  it('tries a host that is away by one of those who wait for it', async () => {
    let away = true;
    const link: TreeSync = {
      async pull() {
        pulls++;
        if (away) throw new TreeSyncError('refused', { retriable: false, unreachable: true });
      },
    };
    await start('JAO', { treeSync: link });
    for (let n = 0; n < 20; n++)
      await announce({ ...cachedProducts, name: `${productsDir}-${n}` });
    await line.clock.runFor(60_000);
    // Four at a time found out, then one goes on with it every five seconds.
    expect(pulls).toBeGreaterThan(10);
    expect(pulls).toBeLessThan(25);
    away = false;
    await line.clock.runFor(6_000);
    const states = (await deliveries()).map((delivery) => delivery?.state);
    expect(states).toEqual(Array(20).fill('done'));
  });

  it('goes on by itself once somebody has mended what kept it', async () => {
    const refused = () => new TreeSyncError('permission denied', { retriable: false });
    failures = Array.from({ length: 20 }, refused);
    await writeWeblog();
    await start('JAO');
    await announce(cachedWeblog);
    await line.clock.runFor(60_000);
    expect(await deliveries()).toMatchObject([{ state: 'claimed', attempts: 1 }]);
    await line.clock.runFor(1_000_000);
    expect(await deliveries()).toMatchObject([{ state: 'done', attempts: 1 }]);
  });

  it('keeps on record what it was not told', async () => {
    await start('JAO');
    await line.putOus({ flags: { PL_PROCESSING_EXECUTIVE: 'NA' } });
    await announce({ ...cachedWeblog, cachedAt: 'NA' });
    await line.clock.runFor(120_000);
    expect(await deliveries()).toMatchObject([
      { state: 'dead', error: expect.stringContaining('DRAWS_NA_CACHE') },
    ]);
  });

  it('passes over what a superseded run announces, and takes what the present one does', async () => {
    const run = (attempt: number) => ({ ousUID: ousUid, run: { assignment: 'one', attempt } });
    await line.putOus({ run: { assignment: 'one', attempt: 2 } });
    await line.files.write(`/cache/EU/${productsDir}/p.data`, 'data');
    await start('JAO');
    await announce({ ...cachedProducts, ...run(1) });
    await line.clock.runFor(10_000);
    expect(pulls).toBe(0);
    await announce({ ...cachedProducts, ...run(2) });
    await line.clock.runFor(10_000);
    expect(pulls).toBe(1);
  });

  it.each([
    ['../../evil', 'leaves its directory'],
    ['another/index.html', 'outside of its folder'],
    [`${weblog}.html`, 'outside of its folder'],
  ])('refuses a weblog with %s in it, and lives', async (name, complaint) => {
    const placeholder = 'e'.repeat(name.length);
    const zip = Buffer.from(makeZip([{ name: placeholder, content: Buffer.from('x') }]));
    const forged = zip.toString('latin1').replaceAll(placeholder, name);
    await line.files.write(`/cache/EU/${weblog}.zip`, Buffer.from(forged, 'latin1'));
    await start('JAO');
    await announce(cachedWeblog);
    await line.clock.runFor(1000);
    expect(await deliveries()).toMatchObject([
      { state: 'dead', error: expect.stringContaining(complaint) },
    ]);
    expect(await line.paths('/cache/JAO')).toEqual([`${weblog}.zip`]);
    expect(await ngas()).toEqual([]);
    // A name keeps its content until somebody removes it by hand.
    await line.files.remove(`/cache/JAO/${weblog}.zip`);
    await writeWeblog();
    await announce({ ...cachedWeblog, again: true });
    await line.clock.runFor(1000);
    expect(await ngas()).toHaveLength(1);
  });

  it.each([
    [{ ...cachedWeblog, name: '../x.zip' }, 'name'],
    [{ ...cachedWeblog, name: 'weblog' }, '.zip'],
    [{ ...cachedWeblog, cachedAt: 'XX' }, 'cachedAt'],
    [{ ...cachedProducts, name: 'weblogs' }, 'no products directory'],
    [{ ...cachedProducts, fileType: 'all' }, 'fileType'],
  ])('refuses %j', async (body, complaint) => {
    await start('JAO');
    await announce(body);
    await line.clock.runFor(1000);
    expect(await deliveries()).toMatchObject([
      { state: 'dead', error: expect.stringContaining(complaint) },
    ]);
    expect(pulls).toBe(0);
  });

  it('shows the cache until it stops', async () => {
    const { cache } = await start('JAO');
    expect(cache.url).toBe('http://127.0.0.1:8000');
    expect(line.sites.open.get(8000)).toBe('/cache/JAO');
    await line.run(cache.stop());
    expect(line.sites.open.size).toBe(0);
  });

  it('ends the same wherever it crashes', async () => {
    const outcome = async (call: number, moment: 'before' | 'after') => {
      line = await Line.start();
      await line.putOus({});
      await writeWeblog();
      const { process } = await start('JAO');
      const startCalls = process.gate.calls.length;
      const crash = { call: startCalls + call, moment };
      process.kill();
      const crashing = line.process('replicated-cache', {
        ...{ site: 'JAO', treeSync: treeSync(), crash },
      });
      const options = { localCache: '/cache/JAO', caches: { EU: '/cache/EU' } };
      const second = createReplicatedCache(crashing.ports, {
        ...options,
        ...{ host: '127.0.0.1', port: 8002 },
      });
      await line.run(second);
      await announce(cachedWeblog);
      await line.clock.runFor(60_000);
      const isDead = !crashing.gate.alive;
      if (isDead) {
        const third = line.process('replicated-cache', { site: 'JAO', treeSync: treeSync() });
        const again = { ...options, host: '127.0.0.1', port: 8003 };
        await line.run(createReplicatedCache(third.ports, again));
        await line.clock.runFor(60_000);
      }
      expect(at('JAO').map(([name]) => name)).toEqual([
        `${weblog}.zip`,
        'weblogs/',
        `weblogs/${weblog}/`,
        `weblogs/${weblog}/index.html`,
      ]);
      expect(await ngas()).toHaveLength(1);
      expect(await deliveries()).toMatchObject([{ state: 'done' }]);
      return isDead;
    };
    let crashes = 0;
    for (let call = 1; call < 100; call++) {
      if (!(await outcome(call, 'before'))) break;
      await outcome(call, 'after');
      crashes++;
    }
    expect(crashes).toBeGreaterThan(8);
    expect(crashes).toBeLessThan(99);
  });
});
