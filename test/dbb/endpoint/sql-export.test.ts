// The SQLite copy of the records, read as queries of the Python manager's tables read them.

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EndpointSite, fitsImage, until } from './endpoint-site.ts';

// Whole processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

let site: EndpointSite;

beforeEach(async () => {
  site = await EndpointSite.open();
});

afterEach(async () => {
  await site.close();
});

/** The newest event of each file, as people ask for it. */
const LATEST = `
  SELECT f.relpath, f.filename, f.size_bytes, e.status, e.duration FROM files f
  JOIN (SELECT files_id, MAX(start_time) AS last FROM events GROUP BY files_id) m ON m.files_id = f.id
  JOIN events e ON e.files_id = m.files_id AND e.start_time = m.last ORDER BY f.relpath, f.filename`;

it('has the tables of the Python manager, and is kept up to date', async () => {
  for (const path of ['d/a.fits', 'd/b.fits']) site.put(path, fitsImage(path), site.storage);
  await site.record('d/a.fits', 'd/b.fits');
  const config = site.ingesterConfiguration('events', { name: 'NullIngest' }, { daemon: false });
  await site.run('ingester', 'start', '--dump', config);
  const path = join(site.directory, 'records.sqlite3');
  const { exitCode, output } = await site.run('export', config, '--sql', path);
  expect(exitCode, output).toBe(0);
  const copy = new DatabaseSync(path, { readOnly: true });
  const rows = () => copy.prepare(LATEST).all();
  expect(rows()).toMatchObject([
    { relpath: 'd', filename: 'a.fits', size_bytes: 5760, status: 'SUCCESS' },
    {
      relpath: 'd',
      filename: 'b.fits',
      status: 'SUCCESS',
      duration: expect.stringMatching(/^1970-01-01 00:00:0/),
    },
  ]);
  const all = copy.prepare('SELECT status FROM events ORDER BY files_id, start_time').all();
  expect(all.map(({ status }) => status)).toEqual([
    'UNTRIED',
    'PENDING',
    'SUCCESS',
    'UNTRIED',
    'PENDING',
    'SUCCESS',
  ]);
  const following = site.start('export', config, '--sql', path, '--follow');
  site.put('c.fits', '', site.storage);
  await site.record('c.fits');
  await site.run('ingester', 'start', config);
  await until('the third is there', () => rows().some(({ status }) => status === 'INVALID'));
  const ids = copy.prepare('SELECT id FROM files ORDER BY id').all();
  expect(ids.map(({ id }) => id)).toEqual([1, 2, 3]);
  copy.close();
  following.process.kill('SIGTERM');
  expect((await following.ended).exitCode).toBe(0);
});
