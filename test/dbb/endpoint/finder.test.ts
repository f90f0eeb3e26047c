// The finder as a process: what arrives is moved and recorded once, and what can't be is set aside.

import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hasRealCouchdb } from '../../real-couchdb.ts';
import { type Component, EndpointSite, until } from './endpoint-site.ts';

// Whole processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

let site: EndpointSite;

beforeEach(async () => {
  site = await EndpointSite.open();
});

afterEach(async () => {
  await site.close();
});

async function stop(component: Component): Promise<void> {
  component.process.kill('SIGTERM');
  expect(await component.ended).toEqual({ exitCode: 0, signal: null });
}

const recorded = (count: number) =>
  until(`${count} files are recorded`, async () => {
    const names = await site.databases().names();
    return names.includes('files') && (await site.files()).length === count;
  });

const aside = (path: string) =>
  until(`${path} is set aside`, async () =>
    (await site.asides()).find((one) => one.path === path),
  );

describe('finder', () => {
  it('moves what arrives, with its directories, and records name, content and size', async () => {
    site.put('2020-12-31/a b.fits', 'content of a');
    const finder = site.start('finder', 'start', site.finderConfiguration());
    await recorded(1);
    const odd = "2021-01-01/$(touch x);'\n\u00e9.fits";
    site.put(odd, 'later');
    await recorded(2);
    await until('the buffer is empty', () => site.tree(site.buffer).length === 0);
    await stop(finder);
    expect(site.tree(site.storage)).toEqual([odd, '2020-12-31/a b.fits'].toSorted());
    const [first] = await site.files();
    expect(first).toMatchObject({
      type: 'endpoint-file',
      relpath: '2020-12-31',
      filename: 'a b.fits',
      checksum: createHash('blake2b512').update('content of a').digest('hex'),
      size_bytes: 12,
      action: 'Move',
    });
  });

  it('removes a duplicate of name and content, and sets all other clashes aside', async () => {
    const finder = site.start('finder', 'start', site.finderConfiguration());
    site.put('day/one.fits', 'first');
    await recorded(1);
    await until('the buffer is empty', () => site.tree(site.buffer).length === 0);
    site.put('day/one.fits', 'first');
    site.put('other/one.fits', 'first');
    await until('duplicates are gone', () => site.tree(site.buffer).length === 0);
    site.put('day/one.fits', 'second');
    site.put('day/two.fits', 'first');
    expect(await aside('day/one.fits')).toMatchObject({ reason: 'name_taken' });
    expect(await aside('day/two.fits')).toMatchObject({
      reason: 'content_known',
      message: expect.stringContaining('day/one.fits'),
    });
    await stop(finder);
    expect(readFileSync(join(site.storage, 'day/one.fits'), 'utf8')).toBe('first');
    expect(site.tree(site.buffer)).toEqual(['day/one.fits', 'day/two.fits']);
    expect(await site.files()).toHaveLength(1);
    const { output } = await site.run('status', site.finderConfiguration());
    expect(output).toContain('2 set aside');
    expect(output).toContain('other content under this name');
  });

  it('forgets what was set aside when it is gone, also while no finder ran', async () => {
    site.put('a.fits', 'one');
    site.put('b.fits', 'one');
    let finder = site.start('finder', 'start', site.finderConfiguration());
    await recorded(1);
    const [left = ''] = await until('one is left', () => {
      const tree = site.tree(site.buffer);
      return tree.length === 1 && tree;
    });
    await aside(left);
    await stop(finder);
    renameSync(join(site.buffer, left), join(site.directory, 'elsewhere'));
    finder = site.start('finder', 'start', site.finderConfiguration());
    await until('nothing is aside', async () => (await site.asides()).length === 0);
    await stop(finder);
  });

  it('never takes a storage file for its own that is not on record', async () => {
    site.put('a.fits', 'on disk only', site.storage);
    site.put('a.fits', 'arrived');
    const finder = site.start('finder', 'start', site.finderConfiguration());
    expect(await aside('a.fits')).toMatchObject({ reason: 'name_taken' });
    await stop(finder);
    expect(readFileSync(join(site.storage, 'a.fits'), 'utf8')).toBe('on disk only');
    expect(readFileSync(join(site.buffer, 'a.fits'), 'utf8')).toBe('arrived');
    expect(await site.files()).toEqual([]);
  });

  it('completes a move that a crash interrupted before its record', async () => {
    site.put('d/a.fits', 'half moved');
    mkdirSync(join(site.storage, 'd'));
    linkSync(join(site.buffer, 'd/a.fits'), join(site.storage, 'd/a.fits'));
    const finder = site.start('finder', 'start', site.finderConfiguration());
    await recorded(1);
    await until('the buffer is empty', () => site.tree(site.buffer).length === 0);
    await stop(finder);
    expect(site.tree(site.storage)).toEqual(['d/a.fits']);
  });

  it('keeps what is on record but lost, instead of removing the last copy', async () => {
    const finder = site.start('finder', 'start', site.finderConfiguration());
    site.put('a.fits', 'precious');
    await recorded(1);
    renameSync(join(site.storage, 'a.fits'), join(site.directory, 'lost'));
    site.put('sub/a.fits', 'precious');
    expect(await aside('sub/a.fits')).toMatchObject({ reason: 'lost' });
    await stop(finder);
    expect(existsSync(join(site.buffer, 'sub/a.fits'))).toBe(true);
  });

  it('waits until a file in place is complete, and leaves out what the lists say', async () => {
    const search = { method: 'scan', settle: 1, exclude_list: ['\\.tmp$'] };
    const finder = site.start('finder', 'start', site.finderConfiguration({ search }));
    site.put('slow.fits', 'begin ');
    site.put('left.tmp', 'x');
    // What a handoff manager without a staging area of its own has in flight.
    site.put('.hdfmgr-0123456789ab/20260701T000000-a-0/day/a.fits', 'half');
    for (let part = 0; part < 8; part++) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      appendFileSync(join(site.buffer, 'slow.fits'), `part ${part} `);
    }
    await recorded(1);
    await until('only the excluded ones are left', () => site.tree(site.buffer).length === 2);
    await stop(finder);
    expect(readFileSync(join(site.storage, 'slow.fits'), 'utf8')).toContain('part 7');
    expect(site.tree(site.storage)).toEqual(['slow.fits']);
  });

  it('sets links aside, and takes the files beside them', async () => {
    symlinkSync('/etc/passwd', join(site.buffer, 'link.fits'));
    site.put('real.fits', 'real');
    const finder = site.start('finder', 'start', site.finderConfiguration());
    await recorded(1);
    expect(await aside('link.fits')).toMatchObject({ reason: 'odd' });
    await stop(finder);
  });

  it.skipIf(hasRealCouchdb)(
    'goes on when the database comes back, with everything recorded once',
    async () => {
      const finder = site.start('finder', 'start', site.finderConfiguration());
      site.put('a.fits', 'before');
      await recorded(1);
      const port = await site.stopDatabase();
      site.put('b.fits', 'while it is away');
      await until('it is told', () => finder.output().includes('does not answer'));
      await site.startDatabase(port);
      await recorded(2);
      await until('the buffer is empty', () => site.tree(site.buffer).length === 0);
      await stop(finder);
      expect(site.tree(site.storage)).toEqual(['a.fits', 'b.fits']);
    },
  );

  it.skipIf(hasRealCouchdb)(
    'undoes a move whose record can not be written, when it is asked to stop',
    async () => {
      const finder = site.start('finder', 'start', site.finderConfiguration());
      site.put('a.fits', 'before');
      await recorded(1);
      await site.stopDatabase();
      site.put('b.fits', 'while it is away');
      await until('it is told', () => finder.output().includes('does not answer'));
      await stop(finder);
      expect(site.tree(site.buffer)).toEqual(['b.fits']);
      expect(site.tree(site.storage)).toEqual(['a.fits']);
    },
  );
});

describe('finder of rsync logs', () => {
  const settings = () => ({
    source: join(site.directory, 'logs'),
    actions: { standard: null, alternative: null },
    search: { method: 'parse_rsync_logs', date: '2020-12-31', delay: 0 },
  });
  const log = () => join(site.directory, 'logs/20201230/rsync-1.log');

  it('records what a log names, and marks the log when all is on record', async () => {
    site.put('2020-12-30/new one.fits', 'x', site.storage);
    site.put(
      '20201230/rsync-1.log',
      'send <f+++++++++ 2020-12-30/new one.fits\n',
      settings().source,
    );
    appendFileSync(log(), 'send >f.st...... 2020-12-30/changed.fits\n');
    appendFileSync(log(), 'send <f+++++++++ 2020-12-30/vanished.fits\n');
    appendFileSync(log(), 'send <f+++++++++ ../../etc/passwd\n');
    site.put('20191230/rsync-1.log', 'send <f+++++++++ too-old.fits\n', settings().source);
    const finder = site.start('finder', 'start', site.finderConfiguration(settings()));
    await until('the log is marked', () => existsSync(`${log()}.done`));
    expect((await site.files()).map(({ filename }) => filename)).toEqual(['new one.fits']);
    expect(await aside('2020-12-30/vanished.fits')).toMatchObject({ reason: 'missing' });
    expect(statSync(`${log()}.done`).size).toBe(0);

    site.put('2020-12-30/second.fits', 'y', site.storage);
    appendFileSync(log(), 'send <f+++++++++ 2020-12-30/second.fits\n');
    const later = Date.now() / 1000 + 5;
    utimesSync(log(), later, later);
    await stop(finder);
    const again = site.start('finder', 'start', site.finderConfiguration(settings()));
    await recorded(2);
    await stop(again);
    expect(site.tree(site.storage)).toEqual(['2020-12-30/new one.fits', '2020-12-30/second.fits']);
  });
});
