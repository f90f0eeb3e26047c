// Storage area, records, events and targets are compared; nothing is changed, but with `--repair`.

import { appendFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
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

it('finds files that are lost, changed, or dark, and tells with its exit code', async () => {
  const paths = ['d/good.fits', 'd/lost.fits', 'd/changed.fits'];
  for (const path of paths) site.put(path, fitsImage(path), site.storage);
  await site.record(...paths);
  const config = site.finderConfiguration();
  expect(await site.run('check', config)).toMatchObject({ exitCode: 0 });
  rmSync(join(site.storage, 'd/lost.fits'));
  appendFileSync(join(site.storage, 'd/changed.fits'), 'more');
  site.put('dark.fits', 'x', site.storage);
  const { exitCode, output } = await site.run('check', config, '--json');
  expect(exitCode).toBe(1);
  const lines = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.slice(0, -1).map(({ kind, path }) => `${kind} ${path}`)).toEqual([
    'changed d/changed.fits',
    'lost d/lost.fits',
    'dark dark.fits',
  ]);
  const counts = { records: 3, stored: 3, lost: 1, changed: 1, dark: 1, unseen: 0 };
  expect(lines.at(-1)).toEqual({ ...counts, complete: true });
});

it('goes on where it ended, and tells each finding once', async () => {
  for (let night = 0; night < 6; night++) {
    for (const name of ['a', 'b']) site.put(`n${night}/${name}`, `${night} ${name}`, site.storage);
  }
  await site.record('n0/a', 'n1/a', 'n2/a', 'n3/a', 'n4/a', 'n5/a');
  const place = join(site.directory, 'place');
  const args = [site.finderConfiguration(), '--json', '--limit', '5', '--place', place];
  const told: string[] = [];
  for (let round = 1; ; round++) {
    const { exitCode, output } = await site.run('check', ...args);
    const lines = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    told.push(...lines.slice(0, -1).map(({ kind, path }) => `${kind} ${path}`));
    expect(exitCode).toBe(told.length > 0 ? 1 : 4);
    if (!lines.at(-1).complete) continue;
    expect(lines.at(-1)).toMatchObject({ records: 6, stored: 12, dark: 6, lost: 0 });
    expect(round).toBeGreaterThan(2);
    break;
  }
  expect(told).toEqual([0, 1, 2, 3, 4, 5].map((night) => `dark n${night}/b`));
  expect(existsSync(place)).toBe(false);
});

it('finds what a target lacks or has otherwise, and with --repair asks for it again', async () => {
  const paths = ['d/same.fits', 'd/lacks.fits', 'd/other.fits'];
  for (const path of paths) site.put(path, fitsImage(path), site.storage);
  await site.record(...paths);
  const ingester = site.ingesterConfiguration(
    'events',
    { name: 'NgasIngest', config: { name: 'path' } },
    { daemon: false },
  );
  const server = site.databases();
  await server.create('ngas');
  expect(await site.run('ingester', 'start', ingester)).toMatchObject({ exitCode: 0 });
  const archive = server.open('ngas');
  const [lacks, other] = await Promise.all(
    ['d_lacks.fits', 'd_other.fits'].map((id) => archive.get<{ checksum: string }>(id)),
  );
  if (!lacks || !other) throw new Error('not archived');
  await archive.bulk([
    { _id: lacks._id, _rev: lacks._rev, _deleted: true as const },
    { ...other, checksum: 'f'.repeat(128) },
  ]);
  await server.open('events').put({
    ...(await site.events('events')).get('d/same.fits'),
    _id: 'file:d/nowhere.fits',
    _rev: undefined,
  } as never);
  site.put('d/dark.fits', fitsImage('dark'), site.storage);
  const found = await site.run('check', ingester);
  expect(found.exitCode).toBe(1);
  expect(found.output).toMatch(/^dark "d\/dark.fits"/m);
  expect(found.output).toMatch(/^missing "d\/lacks.fits": SUCCESS, and the target does not/m);
  expect(found.output).toMatch(/^differs "d\/other.fits"/m);
  expect(found.output).toMatch(/^orphan "file:d\/nowhere.fits"/m);
  expect(found.output).toMatch(/4 SUCCESS/);
  const repaired = await site.run('check', ingester, '--repair');
  expect(repaired.output).toMatch(/2 repaired/);
  expect(repaired.output).not.toMatch(/^(dark|missing)/m);
  expect((await site.statuses('events'))['d/lacks.fits']).toBe('RERUN');
  await site.run('ingester', 'start', ingester);
  const after = await site.run('check', ingester, '--json');
  expect(after.output).not.toMatch(/"kind":"dark"/);
  expect((await site.statuses('events'))['d/dark.fits']).toBe('SUCCESS');
});
