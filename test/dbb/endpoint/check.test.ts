// Storage area and records are compared by a command that changes neither.

import { appendFileSync, rmSync } from 'node:fs';
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
  expect(lines.at(-1)).toEqual({ records: 3, stored: 3, lost: 1, changed: 1, dark: 1, unseen: 0 });
});
