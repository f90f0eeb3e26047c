// What each target has of the files that are called ingested, and what it has of no file on record.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { butler, EndpointSite, fitsImage } from './endpoint-site.ts';
import { MockRucio } from './mock-rucio.ts';

// Whole processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

let site: EndpointSite;
let rucio: MockRucio | undefined;

beforeEach(async () => {
  site = await EndpointSite.open();
});

afterEach(async () => {
  await rucio?.close();
  rucio = undefined;
  await site.close();
});

async function ingest(plugin: object, ...paths: string[]): Promise<string> {
  for (const path of paths) site.put(path, fitsImage(path), site.storage);
  await site.record(...paths);
  const config = site.ingesterConfiguration('events', plugin, { daemon: false });
  const { exitCode, output } = await site.run('ingester', 'start', config);
  expect(exitCode, output).toBe(0);
  expect(Object.values(await site.statuses('events'))).toEqual(paths.map(() => 'SUCCESS'));
  return config;
}

async function check(config: string, ...more: string[]) {
  const { exitCode, output } = await site.run('check', config, '--json', ...more);
  const lines = output.trim().split('\n');
  const told = lines.slice(0, -1).map((line) => {
    const { kind, path } = JSON.parse(line);
    return `${kind} ${path}`;
  });
  return { exitCode, told: told.toSorted() };
}

const PATHS = ['n/a.fits', 'n/b.fits', 'n/c.fits'];

it('of the archive, page by page', async () => {
  await site.databases().create('ngas');
  const config = await ingest({ name: 'NgasIngest', config: { name: 'path' } }, ...PATHS);
  expect(await check(config, '--dark-in-target')).toEqual({ exitCode: 0, told: [] });
  const archive = site.databases().open('ngas');
  const others = Array.from({ length: 120 }, (_, index) => ({
    _id: `other_${String(index).padStart(3, '0')}`,
    writeTimestamp: '2021-01-01T00:00:00.000',
  }));
  await archive.bulk(others);
  // Others may share the archive: only where it is asked for is that a fault.
  expect(await check(config)).toEqual({ exitCode: 0, told: [] });
  expect(await check(config, '--dark-in-target')).toEqual({
    exitCode: 1,
    told: others.map(({ _id }) => `dark-in-target ${_id}`),
  });
});

it('of Rucio: what it lost, has otherwise, or of no file on record', async () => {
  rucio = new MockRucio();
  const url = await rucio.listen();
  writeFileSync(join(site.directory, 'token'), 'secret-token\n');
  const place = { rse: 'SLAC_RAW', scope: 'raw', pfn_prefix: 'davs://host:443/data/' };
  const plugin = { name: 'RucioIngest', config: { url, ...place, token_file: 'token' } };
  const config = await ingest(plugin, ...PATHS);
  expect(await check(config, '--dark-in-target')).toEqual({ exitCode: 0, told: [] });
  rucio.registered.delete('n/a.fits');
  rucio.know('n/b.fits', Buffer.from('something else'));
  rucio.know('n/dark.fits', Buffer.from('dark'));
  rucio.know('n/elsewhere.fits', Buffer.from('x'), { rses: { OTHER_RSE: [] } });
  expect(await check(config, '--dark-in-target')).toEqual({
    exitCode: 1,
    told: ['dark-in-target raw:n/dark.fits', 'differs n/b.fits', 'missing n/a.fits'],
  });
});

it('of a Butler repository: what it lost, and datasets of no file on record', async () => {
  const plugin = { name: 'Gen3Ingest', config: { root: site.repository, command: butler } };
  const config = await ingest(plugin, ...PATHS);
  expect(await check(config, '--dark-in-target')).toEqual({ exitCode: 0, told: [] });
  const repository = new DatabaseSync(join(site.repository, 'gen3.sqlite3'));
  repository.prepare('DELETE FROM raws WHERE path LIKE ?').run('%/a.fits');
  const copy = join(site.directory, 'copy-of-b.fits');
  writeFileSync(copy, fitsImage('n/b.fits'));
  const dark = join(site.directory, 'dark.fits');
  writeFileSync(dark, fitsImage('dark'));
  for (const path of [copy, dark]) {
    repository.prepare('INSERT INTO raws VALUES (?, ?)').run(path, 'copy');
  }
  repository.close();
  expect(await check(config, '--dark-in-target')).toEqual({
    exitCode: 1,
    told: [`dark-in-target file://${dark}`, 'missing n/a.fits'],
  });
});

it('is refused where the plugin can not list its target', async () => {
  const config = await ingest({ name: 'NullIngest' }, 'n/a.fits');
  const { exitCode, output } = await site.run('check', config, '--dark-in-target');
  expect(exitCode).toBe(2);
  expect(output).toMatch(/--dark-in-target is for ingesters whose plugin can list/);
});
