// `draws dashboard` as a process, and the dashboards of a line.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LineSite } from '../../../mockup/cli/up/line-plan.ts';
import { planDashboards } from '../../../mockup/cli/up/line-plan.ts';
import { type GivenOptions, parseUpOptions } from '../../../mockup/cli/up/up-options.ts';
import { startCouchServer } from '../../../mockup/couch-server/server.ts';
import { Releases } from '../../../mockup/platform/process/releases.ts';
import { initDatabases } from '../../../mockup/replication/init-databases.ts';
import { runDraws } from '../../cli/run-draws.ts';
import { LivePage } from './live-page.ts';
import { connect, until } from './site.ts';

const program = join(import.meta.dirname, '../../../mockup/cli/draws.mjs');

describe('draws dashboard', () => {
  let releases: Releases;
  let directory: string;
  beforeEach(async () => {
    releases = new Releases();
    directory = await mkdtemp(join(tmpdir(), 'draws-dashboard-'));
    releases.add(() => rm(directory, { recursive: true, force: true }));
  });
  afterEach(() => releases.release());

  async function start(
    env: Record<string, string>,
    ...options: string[]
  ): Promise<{ child: ChildProcess; url: string }> {
    const child = spawn(process.execPath, [program, 'dashboard', '--port', '0', ...options], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { PATH: process.env.PATH, DRAWS_LOCATION: 'EU', ...env },
    });
    releases.add(() => child.kill('SIGKILL'));
    const [message] = (await once(child, 'message')) as [{ url: string }];
    return { child, url: message.url };
  }

  it('takes an empty address of a cache for none, as from a variable that is not set', async () => {
    const couch = await startCouchServer();
    releases.add(() => couch.close());
    const { url } = await start({ COUCHDB_URL: couch.url }, '--cache-url', '');
    const page = await LivePage.open(url);
    releases.add(() => page.close());
    expect(page.messages[0]).toMatchObject({ config: { hasCache: false } });
    expect((await fetch(`${url}/cache/x`, { redirect: 'manual' })).status).toBe(404);
  });

  it('shows its site and its cache, and ends with a signal while pages look', async () => {
    const couch = await startCouchServer({ admins: { me: 'word' } });
    releases.add(() => couch.close());
    const url = couch.url.replace('//', '//me:word@');
    await initDatabases(connect(url));
    await mkdir(join(directory, 'weblogs'));
    await writeFile(join(directory, 'weblogs/index.html'), 'the weblogs');
    const dashboard = await start({ COUCHDB_URL: url, DRAWS_LOCAL_CACHE: directory });
    let output = '';
    for (const stream of [dashboard.child.stdout, dashboard.child.stderr]) {
      stream?.on('data', (chunk) => {
        output += chunk;
      });
    }
    await until(async () => (await fetch(`${dashboard.url}/healthz`)).status === 200);
    const page = await LivePage.open(dashboard.url);
    expect(page.messages[0]).toMatchObject({ config: { site: 'EU', hasCache: true } });
    const weblogs = await fetch(`${dashboard.url}/cache/weblogs/`);
    expect(await weblogs.text()).toBe('the weblogs');

    const ended = once(dashboard.child, 'exit');
    const closed = once(page.socket, 'close');
    dashboard.child.kill('SIGTERM');
    expect(await ended).toEqual([null, 'SIGTERM']);
    expect((await closed)[0]).toBe(1001);
    expect(output).not.toContain('word');
  });

  it('says in one line what is wrong with its options', async () => {
    const run = (...args: string[]) => runDraws(['dashboard', ...args]);
    for (const [args, said] of [
      [['--port', 'x'], '--port'],
      [['--port', '70000'], '--port'],
      [['--peer', 'EU'], '--peer'],
      [['--peer', 'XX=http://localhost:1'], '--peer'],
      [['--peer', 'EU=nothing'], '--peer EU'],
      [['--stuck-after', 'Cooking=1'], '--stuck-after'],
      [['--stuck-after', 'Processing=soon'], '--stuck-after Processing'],
      [['--cache-url', 'ftp://x'], '--cache-url'],
      [['--sites', 'JAO,XX'], '--sites'],
    ] as const) {
      const { exitCode, stderr } = await run(...args);
      expect([said, exitCode]).toEqual([said, 2]);
      expect(stderr).toContain(said);
      expect(stderr.trim().split('\n')).toHaveLength(1);
    }
  });
});

describe('dashboards of a line', () => {
  const defaults: GivenOptions = {
    ...{ sites: 'JAO,EU', ous: '9', pace: '1', failureRate: '0.1', demo: true, timeLimit: '900' },
    ...{ couchdb: [], couchdbPort: '5984', cachePort: '8000', maxJobs: '1' },
  };
  const plan = (given: Partial<GivenOptions>) => {
    const options = parseUpOptions({ ...defaults, ...given });
    const sites = options.sites.map(
      (executive): LineSite => ({
        ...{ executive, couchdbUrl: `http://me:secret@localhost/${executive}`, cachePort: 8001 },
        ...{ cacheDirectory: '/c', runsDirectory: '/r' },
      }),
    );
    return planDashboards(options, sites);
  };

  it('are one per site, JAO first, and know the servers of the others', () => {
    const planned = plan({});
    expect(planned.map(({ name, args }) => [name, args[1]])).toEqual([
      ['JAO-dashboard', '5000'],
      ['EU-dashboard', '5001'],
    ]);
    expect(planned[0]?.env).toMatchObject({
      DRAWS_LOCATION: 'JAO',
      COUCHDB_URL: 'http://me:secret@localhost/JAO',
      DRAWS_EU_COUCHDB: 'http://me:secret@localhost/EU',
    });
    expect(planned.flatMap(({ args }) => args).join(' ')).not.toContain('secret');
    expect(plan({ dashboardPort: '0' }).map(({ args }) => args[1])).toEqual(['0', '0']);
  });

  it('are left out where nobody wants them, or would look', () => {
    expect(plan({ dashboard: false })).toEqual([]);
    expect(plan({ once: true })).toEqual([]);
    expect(plan({ once: true, dashboardPort: '0' })).toHaveLength(2);
  });
});
