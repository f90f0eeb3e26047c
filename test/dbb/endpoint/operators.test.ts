// What the operator of an endpoint meets in a week: writers that are slow or change their mind, processes
// that were killed, disks that fill up, requests by hand.

import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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

const nullPlugin = { name: 'NullIngest' };
const search = { method: 'scan', settle: 1 };

async function succeeded(count: number): Promise<boolean> {
  const statuses = Object.values(await site.statuses('events'));
  return statuses.filter((status) => status === 'SUCCESS').length === count;
}

describe('a file that is being written', () => {
  it('is taken when it is complete, though its times come from a clock that is behind', async () => {
    const finder = site.start('finder', 'start', site.finderConfiguration({ search }));
    const path = join(site.buffer, 'slow.fits');
    const chunk = Buffer.alloc(100_000, 'x');
    for (let written = 0; written < 12; written++) {
      appendFileSync(path, chunk);
      const behind_s = Date.now() / 1000 - 60;
      utimesSync(path, behind_s, behind_s);
      // The writer's own pace.
      await sleep(250);
    }
    const [record] = await until('it is on record', async () => {
      const files = await site.files();
      return files.length === 1 && files;
    });
    expect(record?.size_bytes).toBe(1_200_000);
    await site.stop(finder);
  });

  it('is told of where it changes after it was taken, and is not ingested as it was', async () => {
    const config = site.finderConfiguration();
    const finder = site.start('finder', 'start', config);
    const file = openSync(join(site.buffer, 'late.fits'), 'w');
    writeSync(file, fitsImage('late'));
    await until('it is on record', async () => (await site.files()).length === 1);
    await until('it was moved', () => site.tree(site.buffer).length === 0);
    writeSync(file, 'and more');
    closeSync(file);
    const [aside] = await until('it is told', async () => {
      const asides = await site.asides();
      return asides.length === 1 && asides;
    });
    expect(aside).toMatchObject({ path: 'late.fits', reason: 'changed' });
    const { output, exitCode } = await site.run('status', config);
    expect(output).toMatch(
      /late.fits.*: it was written to after it was recorded: 5768 bytes now, 5760/,
    );
    expect(exitCode).toBe(1);
    const events = site.ingesterConfiguration('events', nullPlugin, { daemon: false });
    await site.run('ingester', 'start', events);
    expect((await site.statuses('events'))['late.fits']).toBe('INVALID');
    // Also where the size is the same.
    site.put('same.fits', fitsImage('same'));
    await until('the other is on record', async () => (await site.files()).length === 2);
    await site.stop(finder);
    writeFileSync(join(site.storage, 'same.fits'), fitsImage('SAME'));
    await site.run('ingester', 'start', events);
    expect((await site.events('events')).get('same.fits')?.events.at(-1)).toMatchObject({
      status: 'INVALID',
      err_message: 'the file was changed after it was recorded',
    });
    truncateSync(join(site.storage, 'late.fits'), 5760);
    const again = site.start('finder', 'start', config);
    await until('it is mended', async () => (await site.asides()).length === 0);
    await site.stop(again);
  });
});

describe('status', () => {
  it('tells processes that were killed from those that wait', async () => {
    const finderConfig = site.finderConfiguration();
    const config = site.ingesterConfiguration('events', nullPlugin);
    const finder = site.start('finder', 'start', finderConfig);
    const ingester = site.start('ingester', 'start', config);
    site.put('a.fits', fitsImage('a'));
    await until('it is in', () => succeeded(1));
    const well = await site.run('status', config);
    expect(well).toMatchObject({ exitCode: 0, output: expect.stringMatching(/looks for files/) });
    for (const one of [finder, ingester]) {
      one.process.kill('SIGKILL');
      await one.ended;
    }
    const { exitCode, output } = await site.run('status', config);
    expect(exitCode).toBe(3);
    expect(output.match(/is gone without having stopped/g)?.length).toBe(2);
    const next = [
      site.start('finder', 'start', finderConfig),
      site.start('ingester', 'start', config),
    ];
    await until('all is well again', async () => {
      const status = await site.run('status', config);
      return status.exitCode === 0 && /waits for files/.test(status.output);
    });
    for (const one of next) await site.stop(one);
  });
});

describe('a request for another attempt', () => {
  it('is a document that somebody inserts, whatever way the file is named in it', async () => {
    for (const path of ['d/a.fits', 'd/b.fits', 'd/c.fits'])
      site.put(path, fitsImage(path), site.storage);
    await site.record('d/a.fits', 'd/b.fits', 'd/c.fits');
    const once = site.ingesterConfiguration('events', nullPlugin, { daemon: false });
    await site.run('ingester', 'start', once);
    const events = site.databases().open('events');
    await events.bulk([
      { _id: '1', status: 'RERUN', files_id: 'd/a.fits' },
      { _id: '2', status: 'RERUN', files_id: 'file:d/b.fits', start_time: '2026-01-01T00:00:00' },
      { _id: '3', status: 'RERUN', files_id: `${site.storage}/./d//c.fits` },
      { _id: '4', status: 'RERUN', files_id: 'd/nowhere.fits' },
      { _id: '5', status: 'RERUN', files_id: 17 },
    ] as never);
    const rerun = { daemon: false, file_status: 'RERUN' };
    const config = site.ingesterConfiguration('events', nullPlugin, rerun);
    expect((await site.run('ingester', 'start', config)).exitCode).toBe(0);
    const histories = [...(await site.events('events')).values()].map((one) =>
      one.events.map(({ status }) => status).join(' '),
    );
    expect(histories).toEqual(Array(3).fill('UNTRIED PENDING SUCCESS RERUN PENDING SUCCESS'));
    const { output, exitCode } = await site.run('status', config);
    expect(output).toContain('REFUSED request "4": not on record: d/nowhere.fits');
    expect(output).toMatch(/REFUSED request "5": files_id must be the path/);
    expect(output).toMatch(/SUCCESS +3\n/);
    expect(exitCode).toBe(1);
  });

  it('is met at once by an ingester that runs', async () => {
    site.put('a.fits', fitsImage('a'), site.storage);
    await site.record('a.fits');
    const ingester = site.start(
      'ingester',
      'start',
      site.ingesterConfiguration('events', nullPlugin),
    );
    await until('it is in', () => succeeded(1));
    await site
      .databases()
      .open('events')
      .bulk([{ _id: 'x', status: 'RERUN', files_id: 'a.fits' }] as never);
    await until('it was tried twice', async () => {
      const document = (await site.events('events')).get('a.fits');
      return document?.attempts === 2 && document.status === 'SUCCESS';
    });
    await site.stop(ingester);
  });
});

describe('one file', () => {
  it('has one path, and one record, however a backfill comes to it', async () => {
    for (const path of ['n1/a', 'n1/deep/b', 'c']) site.put(path, fitsImage(path), site.storage);
    symlinkSync('n1', join(site.storage, 'latest'));
    const sources = ['**', './n1/**/*', 'n1//a', 'latest/*', '.', 'n1/../c'];
    for (const part of [sources.slice(0, 3), sources.slice(3), sources]) {
      const config = site.configure('backfill', {
        database: { engine: site.engine, tablenames: { file: 'files', event: 'events' } },
        backfill: { storage: site.storage, sources: part },
      });
      const { exitCode, output } = await site.run('backfill', 'start', config);
      expect(exitCode, output).toBe(0);
    }
    expect((await site.files()).map(({ _id }) => _id)).toEqual([
      'file:c',
      'file:n1/a',
      'file:n1/deep/b',
    ]);
  });
});

describe('a component', () => {
  it('has its own name for the system, stops with exit code 0, and reopens its log', async () => {
    const log = join(site.directory, 'finder.log');
    const path = site.finderConfiguration();
    const whole = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...whole, logging: { file: log } }));
    const finder = site.start('finder', 'start', path);
    const { pid } = finder.process;
    await until('it runs', () => readLog(log).includes('running'));
    expect(readFileSync(`/proc/${pid}/comm`, 'utf8')).toBe('endmgr\n');
    renameSync(log, `${log}.old`);
    finder.process.kill('SIGHUP');
    site.put('a.fits', fitsImage('a'));
    site.put('b/a.fits', fitsImage('a'));
    await until('it goes on in a new file', () => readLog(log).includes('came again'));
    finder.process.kill('SIGTERM');
    expect(await finder.ended).toEqual({ exitCode: 0, signal: null });
  });
});

function readLog(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** A file system of its own, where this user may make one. */
function mountSmall(directory: string): boolean {
  try {
    mkdirSync(directory, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', directory], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}

describe('a full disk', () => {
  it('is no fault of the files: they wait for it, and that is told', async (context) => {
    const small = join(site.directory, 'small');
    if (!mountSmall(small)) return context.skip('needs the right to mount');
    try {
      writeFileSync(join(small, 'filler'), Buffer.alloc(230_000));
      const config = site.finderConfiguration({ storage: small });
      const finder = site.start('finder', 'start', config);
      const paths = Array.from({ length: 20 }, (_, index) => `d/image-${index}.fits`);
      for (const path of paths) site.put(path, fitsImage(path));
      await until('it is told', async () => {
        const { exitCode, output } = await site.run('status', config);
        return (
          exitCode === 3 && /nothing is taken in: the storage area fails: ENOSPC/.test(output)
        );
      });
      expect(await site.asides()).toEqual([]);
      rmSync(join(small, 'filler'));
      await until('all are in', async () => (await site.files()).length === 20);
      await until('all were moved', () => site.tree(site.buffer).length === 0);
      expect(site.tree(small)).toEqual(paths.toSorted());
      await until('all is well', async () => (await site.run('status', config)).exitCode === 0);
      await site.stop(finder);
    } finally {
      execFileSync('umount', [small]);
    }
  });
});
