// The ingester as a process, with the stand-in Butler: each file gets the status that is right, with
// the reason that a person needs, and one bad file never holds up the others.

import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newEndpointFile } from '../../../mockup/core/dbb/endpoint-file.ts';
import { firstDocument } from '../../../mockup/core/dbb/ingest-events.ts';
import { hasRealCouchdb } from '../../real-couchdb.ts';
import { butler, EndpointSite, fitsImage, until } from './endpoint-site.ts';

// Whole processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

let site: EndpointSite;

beforeEach(async () => {
  site = await EndpointSite.open();
});

afterEach(async () => {
  await site.close();
});

const EVENTS = 'gen3_file_events';
const gen3 = (more: object = {}) => ({
  name: 'Gen3Ingest',
  config: {
    butler: { root: site.repository },
    visits: { instrument: 'LATISS' },
    command: butler,
    ...more,
  },
});

function ingested(): string[] {
  const path = join(site.repository, 'gen3.sqlite3');
  if (!existsSync(path)) return [];
  const repository = new DatabaseSync(path, { readOnly: true });
  const rows = repository.prepare('SELECT path FROM raws ORDER BY path').all();
  repository.close();
  return rows.map((row) => String(row.path).slice(site.storage.length + 1));
}

async function store(...paths: string[]): Promise<void> {
  for (const path of paths) site.put(path, fitsImage(path), site.storage);
  await site.record(...paths);
}

const statuses = (wanted: Record<string, string>) =>
  until(`the statuses are ${JSON.stringify(wanted)}`, async () => {
    const seen = await site.statuses(EVENTS);
    return Object.entries(wanted).every(([path, status]) => seen[path] === status);
  });

async function lastMessage(path: string): Promise<string> {
  return (await site.events(EVENTS)).get(path)?.events.at(-1)?.err_message ?? '';
}

describe('ingester', () => {
  it('ingests new files in batches and keeps the whole history of each', async () => {
    await store('a/1.fits', 'a/2.fits', "b/it's $(odd).fits");
    const config = site.ingesterConfiguration(EVENTS, gen3());
    const ingester = site.start('ingester', 'start', config);
    await statuses({ 'a/1.fits': 'SUCCESS', 'a/2.fits': 'SUCCESS' });
    await store('later.fits');
    await statuses({ 'later.fits': 'SUCCESS' });
    await site.stop(ingester);
    expect(ingested()).toEqual(['a/1.fits', 'a/2.fits', "b/it's $(odd).fits", 'later.fits']);
    const document = (await site.events(EVENTS)).get('later.fits');
    expect(document?.events.map(({ status }) => status)).toEqual([
      'UNTRIED',
      'PENDING',
      'SUCCESS',
    ]);
    expect(document?.events.at(-1)).toMatchObject({
      err_message: null,
      ingest_ver: '28.0.1+stand-in',
      duration: expect.any(Number),
    });
    const { output } = await site.run('status', config, 'later.fits');
    expect(output).toMatch(/UNTRIED[\s\S]*PENDING[\s\S]*SUCCESS/);
  });

  it('tells the bad ones of a batch from the good ones, each with its root cause', async () => {
    writeFileSync(
      join(site.repository, 'faults.json'),
      JSON.stringify({ fail: '^fail', hang: '^hang' }),
    );
    await store('good-1.fits', 'fail-2.fits', 'hang-3.fits', 'good-4.fits', 'vanished.fits');
    site.put('corrupt.fits', 'no image at all', site.storage);
    site.put('empty.fits', '', site.storage);
    await site.record('corrupt.fits', 'empty.fits');
    rmSync(join(site.storage, 'vanished.fits'));
    const settings = { daemon: false, timeout: 3 };
    const config = site.ingesterConfiguration(EVENTS, gen3(), settings);
    expect((await site.run('ingester', 'start', config)).exitCode).toBe(0);
    expect(await site.statuses(EVENTS)).toEqual({
      'good-1.fits': 'SUCCESS',
      'fail-2.fits': 'FAILURE',
      'hang-3.fits': 'FAILURE',
      'good-4.fits': 'SUCCESS',
      'vanished.fits': 'INVALID',
      'corrupt.fits': 'FAILURE',
      'empty.fits': 'INVALID',
    });
    expect(await lastMessage('fail-2.fits')).toContain('no metadata translator for fail-2.fits');
    expect(await lastMessage('hang-3.fits')).toMatch(/no end after \d+ s/);
    expect(await lastMessage('corrupt.fits')).toContain('Empty or corrupt FITS file');
    expect(await lastMessage('vanished.fits')).toBe('no such file in the storage area');
    expect(await lastMessage('empty.fits')).toBe('the file is empty');
    expect(ingested()).toEqual(['good-1.fits', 'good-4.fits']);
    const { output } = await site.run('status', config, '--json');
    expect(JSON.parse(output)).toMatchObject({
      files: 7,
      events: { database: EVENTS, counts: { SUCCESS: 2, FAILURE: 3, INVALID: 2, UNTRIED: 0 } },
    });
  });

  it('tries again what is asked for, by command and by a document edited by hand', async () => {
    writeFileSync(join(site.repository, 'faults.json'), JSON.stringify({ fail: 'fits' }));
    await store('night/a.fits', 'night/b.fits');
    const config = site.ingesterConfiguration(EVENTS, gen3());
    const ingester = site.start('ingester', 'start', config);
    await statuses({ 'night/a.fits': 'FAILURE', 'night/b.fits': 'FAILURE' });
    writeFileSync(join(site.repository, 'faults.json'), '{}');
    const rerun = await site.run('ingester', 'rerun', config, 'night/a*');
    expect(rerun).toMatchObject({ exitCode: 0, output: '1 file will be tried again\n' });
    await statuses({ 'night/a.fits': 'SUCCESS' });
    const events = site.databases().open(EVENTS);
    const document = (await site.events(EVENTS)).get('night/b.fits');
    await events.put({ ...document, _id: 'file:night/b.fits', status: 'RERUN' });
    await statuses({ 'night/b.fits': 'SUCCESS' });
    await site.stop(ingester);
    const story = (path: string) =>
      site.events(EVENTS).then((all) => all.get(path)?.events.map(({ status }) => status));
    const whole = ['UNTRIED', 'PENDING', 'FAILURE', 'RERUN', 'PENDING', 'SUCCESS'];
    expect(await story('night/a.fits')).toEqual(whole);
    expect(await story('night/b.fits')).toEqual(whole);
    expect((await site.run('ingester', 'rerun', config, 'nothing/*')).exitCode).toBe(1);
  });

  it('ignores what the lists leave out, until it is run for these', async () => {
    await store('keep/a.fits', 'skip/b.fits', 'keep/c.txt');
    const lists = { include_list: ['\\.fits$'], exclude_list: ['^skip/'], daemon: false };
    await site.run('ingester', 'start', site.ingesterConfiguration(EVENTS, gen3(), lists));
    expect(await site.statuses(EVENTS)).toEqual({
      'keep/a.fits': 'SUCCESS',
      'keep/c.txt': 'IGNORED',
      'skip/b.fits': 'IGNORED',
    });
    const settings = { daemon: false, file_status: 'IGNORED' };
    await site.run('ingester', 'start', site.ingesterConfiguration(EVENTS, gen3(), settings));
    expect(await site.statuses(EVENTS)).toMatchObject({ 'skip/b.fits': 'SUCCESS' });
  });

  it('tries once what failed, when it is run for failures', async () => {
    writeFileSync(join(site.repository, 'faults.json'), JSON.stringify({ fail: '^bad' }));
    await store('bad.fits', 'good.fits');
    await site.run(
      'ingester',
      'start',
      site.ingesterConfiguration(EVENTS, gen3(), { daemon: false }),
    );
    const settings = { daemon: false, file_status: 'FAILURE' };
    await site.run('ingester', 'start', site.ingesterConfiguration(EVENTS, gen3(), settings));
    const document = (await site.events(EVENTS)).get('bad.fits');
    expect(document).toMatchObject({ status: 'FAILURE', attempts: 2 });
    writeFileSync(join(site.repository, 'faults.json'), '{}');
    await site.run('ingester', 'start', site.ingesterConfiguration(EVENTS, gen3(), settings));
    expect(await site.statuses(EVENTS)).toEqual({ 'bad.fits': 'SUCCESS', 'good.fits': 'SUCCESS' });
  });

  it.skipIf(hasRealCouchdb)(
    'finishes what it has begun when the database goes away and comes back',
    async () => {
      await store('a.fits', 'b.fits');
      const config = site.ingesterConfiguration(EVENTS, gen3(), { unknown: 'retry' });
      const ingester = site.start('ingester', 'start', config);
      await statuses({ 'a.fits': 'SUCCESS', 'b.fits': 'SUCCESS' });
      const port = await site.stopDatabase();
      await until('it is told', () => ingester.output().includes('does not answer'));
      await site.startDatabase(port);
      await store('c.fits');
      await statuses({ 'c.fits': 'SUCCESS' });
      await site.stop(ingester);
    },
  );

  it('begins with any number of files that were asked for while it did not run', async () => {
    const server = site.databases();
    for (const name of ['files', 'events']) await server.create(name);
    const numbers = Array.from({ length: 4200 }, (_, number) => number);
    for (let from = 0; from < numbers.length; from += 1400) {
      const part = numbers.slice(from, from + 1400).map((number) => {
        const version = {
          path: `n${number}`,
          size_bytes: 1,
          mtime_ms: 0,
          ctime_ms: 0,
          ino: number,
        };
        return newEndpointFile({ version, checksum: `${number}` }, 'Move', 0);
      });
      await server.open('files').bulk(part);
      const asked = part.map(({ _id }) => firstDocument(_id, 'RERUN', 0));
      await server.open('events').bulk(asked);
    }
    const plugin = { name: 'NullIngest' };
    const config = site.ingesterConfiguration('events', plugin, { daemon: false });
    // A storage area with nothing in it is one that is not mounted: no file in it is missing.
    const away = await site.run('ingester', 'start', config);
    expect(away).toMatchObject({ exitCode: 1, output: expect.stringContaining('is it mounted?') });
    site.put('another', 'x', site.storage);
    const { exitCode, output } = await site.run('ingester', 'start', config);
    expect(exitCode, output).toBe(0);
    const statuses = Object.values(await site.statuses('events'));
    expect(statuses.filter((status) => status === 'INVALID')).toHaveLength(numbers.length);
  });

  it('names what is wrong with a configuration or its plugin, in one line', async () => {
    const wrong = site.ingesterConfiguration(EVENTS, { name: 'Gen3Ingest', config: {} }, {});
    const answer = await site.run('ingester', 'validate', wrong);
    expect(answer.exitCode).toBe(2);
    expect(answer.output).toMatch(/^endmgr: .*ingester\.plugin\.config\.root: .*repository.*\n$/);
    const other = site.ingesterConfiguration(EVENTS, { name: 'Gen4Ingest', config: {} });
    expect((await site.run('ingester', 'start', other)).output).toContain('ingester.plugin.name');
    const unknown = site.ingesterConfiguration(EVENTS, gen3(), { batch_siez: 1 });
    expect((await site.run('ingester', 'validate', unknown)).output).toMatch(
      /ingester\.batch_siez.*batch_size/,
    );
  });
});
