// Backfill as a process: files that were there before are recorded, read once, and never taken for new.

import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EndpointSite, fitsImage } from './endpoint-site.ts';

// Whole processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

let site: EndpointSite;

beforeEach(async () => {
  site = await EndpointSite.open();
});

afterEach(async () => {
  await site.close();
});

const EVENTS = 'gen2_file_events';

function configuration(sources: string[], exclude_list: string[] | null = null): string {
  return site.configure('backfill', {
    database: { engine: site.engine, tablenames: { file: 'files', event: { table: EVENTS } } },
    backfill: { storage: site.storage, sources, search: { exclude_list } },
  });
}

async function backfill(config: string) {
  const { exitCode, output } = await site.run('backfill', 'start', '--json', config);
  const line = output.split('\n').find((text) => text.startsWith('{"found"'));
  return { exitCode, summary: JSON.parse(line ?? 'null'), output };
}

const NONE = { tracked: 0, recorded: 0, failed: 0, missing: 0 };

describe('backfill', () => {
  it('records files, directories and patterns once, and passes over them the next time', async () => {
    const paths = ['2020-12-30/a.fits', '2020-12-31/b.fits', '2020-12-31/sub/c.fits', 'd.fits'];
    for (const path of [...paths, '2020-12-31/left.tmp', '2021/new.fits']) {
      site.put(path, fitsImage(path), site.storage);
    }
    const sources = ['2020-12-*', 'd.fits', '2020-12-31'];
    const first = await backfill(configuration(sources, ['\\.tmp$']));
    expect(first).toMatchObject({ exitCode: 0, summary: { ...NONE, found: 4, recorded: 4 } });
    expect((await site.files()).map(({ _id }) => _id.slice(5)).toSorted()).toEqual(paths);
    const statuses = await site.statuses(EVENTS);
    expect(statuses).toEqual(Object.fromEntries(paths.map((path) => [path, 'BACKFILL'])));
    const second = await backfill(configuration(sources, ['\\.tmp$']));
    expect(second).toMatchObject({ exitCode: 0, summary: { ...NONE, found: 4, tracked: 4 } });
  });

  it('ends with an error where a source is missing or lies elsewhere, and does the rest', async () => {
    site.put('a.fits', fitsImage('a'), site.storage);
    const { exitCode, summary } = await backfill(
      configuration(['a.fits', 'nowhere', '../buffer', '/etc/passwd']),
    );
    expect(exitCode).toBe(1);
    expect(summary).toEqual({ ...NONE, found: 1, recorded: 1, missing: 3 });
  });

  it('fails where files may be hidden from it, and names what else it leaves out', async () => {
    site.put('day/a.fits', fitsImage('a'), site.storage);
    writeFileSync(Buffer.from(`${site.storage}/day/latin-\xe9.fits`, 'latin1'), 'x');
    symlinkSync('a.fits', join(site.storage, 'day/link.fits'));
    const { exitCode, summary, output } = await backfill(configuration(['day']));
    expect(exitCode).toBe(1);
    expect(summary).toEqual({ ...NONE, found: 1, recorded: 1, failed: 1 });
    expect(output).toMatch(/not UTF-8/);
    expect(output).toMatch(/day\/link\.fits/);
  });

  it('is left alone by an ingester, which completes what an interrupted run left', async () => {
    for (const path of ['old.fits', 'older.fits']) site.put(path, fitsImage(path), site.storage);
    await backfill(configuration(['.']));
    // As after a crash between the record of a file and its events.
    const events = site.databases().open(EVENTS);
    const document = await events.get('file:older.fits');
    await events.bulk([{ _id: 'file:older.fits', _rev: document?._rev ?? '', _deleted: true }]);
    site.put('new.fits', fitsImage('new'), site.storage);
    await site.record('new.fits');
    const settings = { daemon: false };
    const config = site.ingesterConfiguration(EVENTS, { name: 'NullIngest' }, settings);
    await site.run('ingester', 'start', config);
    expect(await site.statuses(EVENTS)).toEqual({
      'new.fits': 'SUCCESS',
      'old.fits': 'BACKFILL',
      'older.fits': 'BACKFILL',
    });
    const only = { daemon: false, file_status: 'BACKFILL' };
    const run = site.ingesterConfiguration(EVENTS, { name: 'NullIngest' }, only);
    rmSync(join(site.storage, 'older.fits'));
    await site.run('ingester', 'start', run);
    expect(await site.statuses(EVENTS)).toMatchObject({
      'old.fits': 'SUCCESS',
      'older.fits': 'INVALID',
    });
  });
});
