// The parts of `draws up` that need no line: options, plan, table, data directory, OUS files.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeUpOuss } from '../../../mockup/cli/demo/demo-plan.ts';
import { parseOusList } from '../../../mockup/cli/demo/ous-file.ts';
import { openDataDirectory } from '../../../mockup/cli/up/data-directory.ts';
import { asPortInUse } from '../../../mockup/cli/up/free-ports.ts';
import { cachePortOf, type LineSite, planActors } from '../../../mockup/cli/up/line-plan.ts';
import { createLiveTable, tableLines } from '../../../mockup/cli/up/live-table.ts';
import { type GivenOptions, parseUpOptions } from '../../../mockup/cli/up/up-options.ts';
import { describeError } from '../../../mockup/core/errors.ts';
import { launchOus } from '../../../mockup/core/ous/ous.ts';
import { machineIdentity } from '../../../mockup/platform/process/machine-identity.ts';

const defaults: GivenOptions = {
  ...{ sites: 'JAO,EU', ous: '9', pace: '1', failureRate: '0.1', demo: true, timeLimit: '900' },
  ...{ couchdb: [], couchdbPort: '5984', cachePort: '8000', maxJobs: '1' },
};

describe('plan of the processes', () => {
  const site = (executive: LineSite['executive']): LineSite => ({
    executive,
    couchdbUrl: `http://me:secret@localhost/${executive}`,
    cacheDirectory: `/data/${executive}`,
    runsDirectory: '/runs',
    cachePort: 0,
  });

  it('has the actors of JAO and of each ARC, each once', () => {
    const options = parseUpOptions({ ...defaults, sites: 'EU,JAO,NA' });
    const names = planActors(options, options.sites.map(site)).map(({ name }) => name);
    expect(names).toHaveLength(14);
    expect(new Set(names).size).toBe(14);
    expect(names.filter((name) => name.startsWith('NA-'))).toEqual([
      'NA-torque-maui',
      'NA-replicated-cache',
      'NA-data-tracker',
    ]);
  });

  it('has no robots without the demonstration', () => {
    const options = parseUpOptions({ ...defaults, demo: false });
    const planned = planActors(options, options.sites.map(site));
    expect(planned.filter(({ args }) => args.includes('--auto'))).toEqual([]);
    expect(planned.map(({ name }) => name)).not.toContain('JAO-dra');
  });

  it('passes credentials in the environment, never as arguments', () => {
    const options = parseUpOptions({ ...defaults, sites: 'JAO' });
    const planned = planActors(options, [site('JAO')]);
    for (const { args, env } of planned) {
      expect(args.join(' ')).not.toContain('secret');
      expect(env).toMatchObject({ DRAWS_LOCATION: 'JAO', DRAWS_LOCAL_CACHE: '/data/JAO' });
      expect(env.COUCHDB_URL).toContain('secret');
    }
    expect(planned.find(({ command }) => command === 'dra')?.args).toContain('JAO');
  });

  it('gives the first ARC the first cache port and JAO the second', () => {
    const options = parseUpOptions({ ...defaults, sites: 'JAO,EU,NA' });
    expect(options.sites.map((one) => cachePortOf(options, one))).toEqual([8001, 8000, 8002]);
  });
});

describe('list of OUSs', () => {
  it('is CSV with a heading, comments and optional recipes', () => {
    const text =
      '\uFEFFprogID,ousUID\n# one\n\n p.1 ,uid://a/b\r\n"p.2","uid://a/c",PipelineImaging\n';
    expect(parseOusList(text, 'x.csv')).toEqual([
      { progId: 'p.1', ousUid: 'uid://a/b' },
      { progId: 'p.2', ousUid: 'uid://a/c', recipe: 'PipelineImaging' },
    ]);
  });

  it.each([
    ['p.1,uid:a/b', /^x\.csv, line 1: not an OUS UID/],
    ['p.1', /^x\.csv, line 1: not an OUS UID: undefined/],
    ['../etc,uid://a/b', /^x\.csv, line 1: not a project code/],
    ['p.1,uid://a/b,ManualImaging', /^x\.csv, line 1: no recipe of the Pipeline/],
    ['p.1,uid://a/b\np.2,uid://a/b', /^x\.csv, line 2: uid:\/\/a\/b is there twice/],
    ['p.1,uid://a/b,,more', /^x\.csv, line 1: more than three columns/],
    ['progID,ousUID\n', /^there is no OUS in x\.csv/],
  ])('is refused with the line: %j', (text, expected) => {
    expect(() => parseOusList(text, 'x.csv')).toThrow(expected);
  });

  it('is made up of UIDs that are not taken', async () => {
    const taken = new Set(['uid://X1/X1/Xb0', 'uid://X1/X1/Xb2']);
    const ouss = await makeUpOuss(3, async (uids) => uids.map((uid) => taken.has(uid)));
    const made = ouss.map(({ ousUid }) => ousUid);
    expect(made).toEqual(['uid://X1/X1/Xb1', 'uid://X1/X1/Xb3', 'uid://X1/X1/Xb4']);
  });
});

describe('table', () => {
  const ous = launchOus(undefined, 'uid://X1/X1/Xb0', 'p', {
    timestamp: '2026-01-01T00:00:00.000',
    by: 'test',
  });
  const processing = {
    ...{ ...ous, state: 'Processing' as const, substate: 'PipelineImaging' },
    flags: { PL_PROCESSING_EXECUTIVE: 'EU' as const },
  };

  it('has a line per state, no longer than the terminal is wide', () => {
    const many = Array.from({ length: 50 }, (_, index) => ({
      ...ous,
      entityId: `uid://a/${index}`,
    }));
    const lines = tableLines([...many, processing], 60);
    expect(lines).toContainEqual(
      expect.stringMatching(/^Processing +1 {2}X1\/X1\/Xb0 PipelineIm/),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^ReadyForProcessing +50 {2}.*…$/));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(60);
  });

  it('is one line per change where there is no terminal', () => {
    let text = '';
    const table = createLiveTable({
      write: (some) => {
        text += some;
        return true;
      },
    });
    table.show([ous], [ous]);
    table.show([ous], [ous]);
    table.show([processing], [processing]);
    table.say('done');
    expect(text.split('\n')).toEqual([
      '00:00:00.000 uid://X1/X1/Xb0 ReadyForProcessing',
      '00:00:00.000 uid://X1/X1/Xb0 Processing PipelineImaging at EU',
      'done',
      '',
    ]);
  });
});

describe('table on a terminal', () => {
  it('stands still once it is closed, with the last words below it', () => {
    let text = '';
    const write = (some: string) => {
      text += some;
      return true;
    };
    const table = createLiveTable({ write, isTTY: true, columns: 0 });
    const ous = launchOus(undefined, 'uid://X1/X1/Xb0', 'p', { timestamp: '', by: 'test' });
    table.show([ous], [ous]);
    table.close('stopping…');
    table.show([], []);
    table.say('the end');
    table.close();
    expect(text).toMatch(/ReadyForProcessing +1 {2}X1\/X1\/Xb0\n[\s\S]*\nstopping…\nthe end\n$/);
  });
});

describe('a port that somebody took meanwhile', () => {
  const wanted = [{ port: 8001, what: 'the cache of JAO', hint: 'give --cache-port N' }];

  it('is told as the first look tells it', () => {
    const said =
      'JAO-replicated-cache ended with exit code 1: port 8001 of 127.0.0.1 is in use (stop it)';
    expect(describeError(asPortInUse(new Error(said), wanted))).toBe(
      'port 8001 is in use, needed for the cache of JAO (give --cache-port N)',
    );
    const others = [new Error('port 8002 of 127.0.0.1 is in use'), new Error('no'), 'text'];
    for (const other of others) expect(asPortInUse(other, wanted)).toBe(other);
  });
});

describe('data directory', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'draws-data-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('of a single run goes when all went well, and stays otherwise', () => {
    const [good, bad] = [openDataDirectory(undefined, true), openDataDirectory(undefined, true)];
    good.release(false);
    bad.release(true);
    expect([existsSync(good.path), existsSync(bad.path)]).toEqual([false, true]);
    rmSync(bad.path, { recursive: true });
  });

  it('that was given stays', () => {
    openDataDirectory(root, true).release(false);
    expect(existsSync(join(root, 'logs'))).toBe(true);
  });

  it('belongs to one line at a time, also where the claim of another process is new', () => {
    const machine = machineIdentity();
    writeFileSync(join(root, 'up.json'), JSON.stringify({ pid: process.ppid, machine }));
    expect(() => openDataDirectory(root, false)).toThrow(/a line runs on .* already/);
  });

  it('is free again when its line was killed', () => {
    writeFileSync(join(root, 'up.json'), '{"pid":999999999,"machine":"another"}');
    openDataDirectory(root, false).release(false);
    writeFileSync(join(root, 'up.json'), 'half writ');
    openDataDirectory(root, false).release(false);
    expect(existsSync(join(root, 'up.json'))).toBe(false);
  });
});
