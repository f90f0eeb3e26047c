// The Butler plugins against their stand-in: what a repository "has already" is decided by content, and
// a repository or program that is away is no failure of a file.

import { chmodSync, copyFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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

async function store(...paths: string[]): Promise<void> {
  for (const path of paths) site.put(path, fitsImage(path), site.storage);
  await site.record(...paths);
}

function faults(wanted: object): void {
  writeFileSync(join(site.repository, 'faults.json'), JSON.stringify(wanted));
}

function gen3(command = butler) {
  return { name: 'Gen3Ingest', config: { butler: { root: site.repository }, command } };
}

async function ingest(settings: object = {}) {
  const config = site.ingesterConfiguration('events', gen3(), { daemon: false, ...settings });
  const { exitCode, output } = await site.run('ingester', 'start', config);
  expect(exitCode, output).toBe(0);
  const events = await site.events('events');
  return { events, statuses: [...events].map(([path, { status }]) => `${path} ${status}`) };
}

describe('a conflict in a Butler repository', () => {
  it('is a failure for other content of the same identity, also in a mixed batch', async () => {
    faults({ byName: true });
    await store('night-1/img.fits', 'night-2/img.fits', 'night-2/other.fits');
    const { events, statuses } = await ingest();
    expect(statuses).toEqual([
      'night-1/img.fits SUCCESS',
      'night-2/img.fits FAILURE',
      'night-2/other.fits SUCCESS',
    ]);
    const failure = events.get('night-2/img.fits')?.events.at(-1)?.err_message;
    expect(failure).toMatch(/the repository has something else for img.fits: Conflicting/);
    const again = await ingest({ file_status: 'FAILURE' });
    expect(again.statuses).toEqual(statuses);
  });

  it('is a success for the same content, after a crash or under another path', async () => {
    faults({ byName: true, crashAfter: 'first' });
    await store('night-1/first.fits', 'night-1/second.fits');
    // The batch ends in the middle; one by one the first is found to be there.
    expect((await ingest()).statuses).toEqual([
      'night-1/first.fits SUCCESS',
      'night-1/second.fits SUCCESS',
    ]);
    mkdirSync(join(site.storage, 'copies'));
    copyFileSync(
      join(site.storage, 'night-1/second.fits'),
      join(site.storage, 'copies/second.fits'),
    );
    await site.record('copies/second.fits');
    expect((await ingest()).statuses).toContain('copies/second.fits SUCCESS');
  });
});

describe('Gen2Ingest', () => {
  it('believes a conflict where the repository holds the content, as link or copy', async () => {
    const tool = join(site.directory, 'ingestImages.py');
    const words = 'sqlite3.IntegrityError: UNIQUE constraint failed: raw.visit';
    writeFileSync(tool, `#!/bin/sh\necho '${words}' >&2\nexit 1\n`);
    chmodSync(tool, 0o755);
    await store('same.fits', 'other.fits');
    mkdirSync(join(site.repository, 'raw'));
    copyFileSync(join(site.storage, 'same.fits'), join(site.repository, 'raw/0001.fits'));
    const plugin = { name: 'Gen2Ingest', config: { root: site.repository, command: tool } };
    const config = site.ingesterConfiguration('events', plugin, { daemon: false });
    await site.run('ingester', 'start', config);
    expect(await site.statuses('events')).toEqual({
      'other.fits': 'FAILURE',
      'same.fits': 'SUCCESS',
    });
  });
});

describe('a target that is not there', () => {
  const missing = (name: string, config: object) => ({ name, config });

  it.each([
    ['Gen3Ingest', { root: '.', command: 'no-such-butler' }, /there is no program no-such-butler/],
    ['Gen3Ingest', { root: '/no/repo', command: butler }, /there is no repository \/no\/repo/],
    ['Gen2Ingest', { root: '.' }, /there is no program ingestImages.py/],
    ['CommandIngest', { command: 'no-such-tool {file}' }, /there is no program no-such-tool/],
  ])('is refused by validate: %s %j', async (name, settings, message) => {
    const config = site.ingesterConfiguration('events', missing(name, settings));
    const { exitCode, output } = await site.run('ingester', 'validate', config);
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(message);
    expect(output.trim().split('\n').length).toBeLessThan(3);
  });

  it('is waited for: a program that comes and goes, a repository that is not mounted', async () => {
    const tool = join(site.directory, 'my-butler');
    await store('a.fits');
    const config = site.ingesterConfiguration('events', gen3(tool));
    const ingester = site.start('ingester', 'start', config);
    await until('it says so', () => ingester.output().includes('the target is away'));
    const says = async (words: RegExp): Promise<boolean> =>
      words.test((await site.run('status', config)).output);
    await until('the status says so', () => says(/away: there is no program .*my-butler/));
    writeFileSync(tool, `#!/bin/sh\nexec '${process.execPath}' --no-warnings '${butler}' "$@"\n`);
    chmodSync(tool, 0o755);
    await until(
      'the first is in',
      async () => (await site.statuses('events'))['a.fits'] === 'SUCCESS',
    );
    renameSync(site.repository, `${site.repository}-away`);
    await store('b.fits', 'c.fits');
    await until('the status says that too', () => says(/away: there is no repository/));
    renameSync(`${site.repository}-away`, site.repository);
    await until('all are in', async () => {
      const statuses = Object.values(await site.statuses('events'));
      return statuses.filter((one) => one === 'SUCCESS').length === 3;
    });
    await site.stop(ingester);
    const events = [...(await site.events('events')).values()].flatMap((one) => one.events);
    expect(events.filter(({ status }) => status === 'FAILURE')).toEqual([]);
  });

  it('may be the storage area itself: then nothing in it is missing', async () => {
    await store('a.fits', 'b.fits');
    const config = site.ingesterConfiguration('events', { name: 'NullIngest' });
    renameSync(site.storage, `${site.storage}-away`);
    mkdirSync(site.storage);
    const ingester = site.start('ingester', 'start', config);
    await until('it says so', () => /storage area \S+ is empty/.test(ingester.output()));
    renameSync(`${site.storage}-away/a.fits`, join(site.storage, 'a.fits'));
    renameSync(`${site.storage}-away/b.fits`, join(site.storage, 'b.fits'));
    await until('all are in', async () => {
      const statuses = Object.values(await site.statuses('events'));
      return statuses.filter((one) => one === 'SUCCESS').length === 2;
    });
    await site.stop(ingester);
  });
});
