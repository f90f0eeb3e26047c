// Several processes at the same work: finders of two buffers with one storage area, and an ingester
// that is taken for dead though it only slept.

import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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

const FILES = 40;

describe('two finders with one storage area', () => {
  it('record each path and each content once, and lose nothing', async () => {
    const other = join(site.directory, 'other-buffer');
    mkdirSync(other);
    for (let number = 0; number < FILES; number++) {
      const [same, rival] = [`same-${number}.fits`, `rival-${number}.fits`];
      for (const root of [site.buffer, other]) {
        site.put(same, `content ${number}`, root);
        site.put(rival, `${root} ${number}`, root);
      }
      site.put(`first-name-${number}.fits`, `shared ${number}`);
      site.put(`second-name-${number}.fits`, `shared ${number}`, other);
    }
    const configure = (name: string, source: string): string => {
      const path = site.finderConfiguration({ source });
      const copy = join(site.directory, `${name}.yaml`);
      writeFileSync(copy, readFileSync(path));
      return copy;
    };
    const finders = [configure('one', site.buffer), configure('two', other)].map((path) =>
      site.start('finder', 'start', path),
    );
    // Of each pair of rivals one stays behind, and of each content one name.
    await until('all is settled', async () => {
      const left = site.tree(site.buffer).length + site.tree(other).length;
      const aside = (await site.asides()).length;
      return left === 2 * FILES && aside === 2 * FILES;
    });
    await Promise.all(finders.map((finder) => site.stop(finder)));
    const records = await site.files();
    expect(records).toHaveLength(3 * FILES);
    expect(site.tree(site.storage)).toHaveLength(3 * FILES);
    const wrong = records.filter(({ relpath, filename, checksum }) => {
      const bytes = readFileSync(join(site.storage, relpath, filename));
      return createHash('blake2b512').update(bytes).digest('hex') !== checksum;
    });
    expect(wrong).toEqual([]);
    const everywhere = [site.storage, site.buffer, other].flatMap((root) =>
      site.tree(root).map((path) => readFileSync(join(root, path), 'utf8')),
    );
    expect(new Set(everywhere).size).toBe(4 * FILES);
  });
});

describe('an ingester that sleeps longer than its lease', () => {
  it('loses its files to another, and still has its late result recorded', async () => {
    site.put('a.fits', fitsImage('a'), site.storage);
    await site.record('a.fits');
    const [script, flag] = [join(site.directory, 'wait'), join(site.directory, 'flag')];
    writeFileSync(script, `#!/bin/sh\nwhile [ ! -e '${flag}' ]; do sleep 0.1; done\n`);
    chmodSync(script, 0o755);
    const plugin = { name: 'CommandIngest', config: { command: `${script} {file}` } };
    const config = site.ingesterConfiguration('events', plugin, { lease: 1 });
    const sleeper = site.start('ingester', 'start', config);
    const has = (status: string) =>
      until(`it is ${status}`, async () => {
        return (await site.statuses('events'))['a.fits'] === status;
      });
    await has('PENDING');
    const watcher = site.start('ingester', 'start', config);
    await until('it watches', () => watcher.output().includes('running'));
    sleeper.process.kill('SIGSTOP');
    await has('UNKNOWN');
    await until('it is told', () => watcher.output().includes('took over from a dead'));
    sleeper.process.kill('SIGCONT');
    writeFileSync(flag, '');
    await has('SUCCESS');
    const events = (await site.events('events')).get('a.fits')?.events;
    expect(events?.map(({ status }) => status)).toEqual([
      'UNTRIED',
      'PENDING',
      'UNKNOWN',
      'SUCCESS',
    ]);
    await Promise.all([sleeper, watcher].map((component) => site.stop(component)));
  });
});

describe('commands', () => {
  it('make and drop the databases, and stop an ingester without leaving its lease', async () => {
    const config = site.ingesterConfiguration('events', { name: 'NullIngest' });
    expect((await site.run('initdb', config)).output).toContain('files, files-contents, events');
    const ingester = site.start('ingester', 'start', config);
    await until('it runs', () => ingester.output().includes('running'));
    await site.stop(ingester);
    const left = await site.databases().open('events').allDocs({ startKey: 'holder:' });
    expect(left.filter(({ _id }) => _id.startsWith('holder:'))).toEqual([]);
    expect((await site.run('dropdb', config)).output).toBe(
      'deleted files, files-contents, events\n',
    );
    expect((await site.run('dropdb', config)).output).toBe('nothing to delete\n');
    expect(await site.run('status', config)).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('endmgr initdb'),
    });
    const wrong = await site.run('finder', 'start', join(site.directory, 'nothing.yaml'));
    expect(wrong).toMatchObject({ exitCode: 1, output: expect.stringMatching(/^endmgr: .*\n$/) });
  });
});
