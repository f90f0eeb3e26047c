// The replications between sites: the plan, and what apply, status and cancel do on two embedded
// servers with credentials of their own.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectTo } from '../../mockup/cli/site/connection.ts';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';
import type { DatabaseServer } from '../../mockup/platform/couch/database.ts';
import { initDatabases } from '../../mockup/replication/init-databases.ts';
import { planReplications } from '../../mockup/replication/plan.ts';
import { replicatorDocument } from '../../mockup/replication/replicator-document.ts';
import { runDraws } from '../cli/run-draws.ts';

const oneWay = [
  'delivery-status',
  'ngas',
  'pipeline-reports',
  'products-metadata',
  'status-entities',
];

describe('the plan', () => {
  const jao = { executive: 'JAO', url: 'http://jao:5984' } as const;
  const eu = { executive: 'EU', url: 'http://me:p%40ss@eu:5984/' } as const;
  const na = { executive: 'NA', url: 'http://na:5984' } as const;

  it('pulls five databases to an ARC and two both ways', () => {
    const directions = planReplications(jao, [eu]).map(
      ({ database, source, receiver }) => `${database} ${source.executive}-${receiver.executive}`,
    );
    expect(directions.sort()).toEqual(
      [
        ...oneWay.map((name) => `${name} JAO-EU`),
        ...['actors', 'msgq'].flatMap((name) => [`${name} JAO-EU`, `${name} EU-JAO`]),
      ].sort(),
    );
  });

  it('never replicates between ARCs, and has one id per replication', () => {
    const plan = planReplications(jao, [eu, na]);
    expect(new Set(plan.map(({ id }) => id)).size).toBe(18);
    for (const { source, receiver } of plan) {
      expect([source.executive, receiver.executive]).toContain('JAO');
    }
  });

  it('keeps credentials out of the URLs', () => {
    const [first] = planReplications(jao, [eu]);
    expect(replicatorDocument(first as never)).toMatchObject({
      source: { url: 'http://jao:5984/status-entities' },
      target: {
        url: 'http://eu:5984/status-entities',
        auth: { basic: { username: 'me', password: 'p@ss' } },
      },
      continuous: true,
    });
  });
});

describe('draws replicate', () => {
  const admin = { user: 'chief', password: 'se:cr/et' };
  let servers: CouchServer[];
  let jao: DatabaseServer;
  let eu: DatabaseServer;
  let sites: string[];

  beforeEach(async () => {
    servers = await Promise.all(
      [0, 1].map(() => startCouchServer({ admins: { [admin.user]: admin.password } })),
    );
    const urls = servers.map(({ url }) => withLogin(url, admin.password));
    const [jaoUrl = '', euUrl = ''] = urls;
    [jao, eu] = urls.map((url) => connectTo(url)) as [DatabaseServer, DatabaseServer];
    await Promise.all([initDatabases(jao), initDatabases(eu)]);
    sites = ['--jao', jaoUrl, '--arc', `EU=${euUrl}`];
  });

  afterEach(async () => {
    await Promise.all(servers.map((server) => server.close()));
  });

  const withLogin = (url: string, password: string): string =>
    url.replace('//', `//${admin.user}:${encodeURIComponent(password)}@`);

  async function replicate(...args: string[]): Promise<{ exitCode: number; lines: string[] }> {
    const { exitCode, stdout, stderr } = await runDraws(['replicate', ...args, ...sites]);
    expect(`${stdout}${stderr}`).not.toMatch(/se:cr|se%3Acr/);
    return { exitCode, lines: `${stdout}${stderr}`.trim().split('\n') };
  }

  it('shows the plan, applies it once, and cancels it', async () => {
    const dry = await replicate('apply', '--dry-run');
    expect(dry.lines.filter((line) => / would be created /.test(line))).toHaveLength(9);
    expect((await replicate('status')).lines.every((line) => / missing/.test(line))).toBe(true);

    const first = await replicate('apply');
    expect(first.lines.filter((line) => / created /.test(line))).toHaveLength(9);
    const second = await replicate('apply');
    expect(second.lines.filter((line) => / unchanged /.test(line))).toHaveLength(9);

    const cancelled = await replicate('cancel');
    expect(cancelled.lines.filter((line) => / cancelled /.test(line))).toHaveLength(9);
    expect((await replicate('cancel')).lines.every((line) => / absent /.test(line))).toBe(true);
  });

  it('carries documents the right way', async () => {
    await replicate('apply');
    const [toArc, both, back] = [jao.open('ngas'), jao.open('msgq'), eu.open('msgq')];
    const arrived = (server: DatabaseServer, name: string, id: string) =>
      new Promise<void>((resolve) => {
        const feed = server.open(name).follow({
          since: '0',
          onChanges: (changes) => {
            if (changes.some((change) => change.id === id)) void feed.stop().then(resolve);
          },
        });
      });
    await toArc.put({ _id: 'a-product' });
    await both.put({ _id: 'from-jao' });
    await back.put({ _id: 'from-eu' });
    await Promise.all([
      arrived(eu, 'ngas', 'a-product'),
      arrived(eu, 'msgq', 'from-jao'),
      arrived(jao, 'msgq', 'from-eu'),
    ]);
    // Databases without documents may start a moment later.
    const lines = await vi.waitFor(
      async () => {
        const status = await replicate('status');
        expect(status.exitCode, status.lines.join('\n')).toBe(0);
        return status.lines;
      },
      { timeout: 15_000, interval: 100 },
    );
    expect(lines.filter((line) => / running/.test(line))).toHaveLength(9);
  });

  it('sets up one receiver alone', async () => {
    const { lines } = await replicate('apply', '--at', 'JAO');
    expect(lines).toHaveLength(2);
    const ids = (await jao.open('_replicator').allDocs())
      .map(({ _id }) => _id)
      .filter((id) => !id.startsWith('_design/'));
    expect(ids).toEqual(['draws-actors-from-EU-to-JAO', 'draws-msgq-from-EU-to-JAO']);
  });

  it('replaces what was set up with other credentials', async () => {
    await replicate('apply');
    const id = 'draws-ngas-from-JAO-to-EU';
    const replicator = eu.open('_replicator');
    const doc = await replicator.get(id);
    const source = { ...(doc?.source as object), url: 'http://127.0.0.1:9/ngas' };
    await replicator.put({ ...doc, _id: id, source });
    const { lines } = await replicate('apply');
    expect(lines.filter((line) => /^ngas .* changed /.test(line))).toHaveLength(1);
    expect(lines.filter((line) => / unchanged /.test(line))).toHaveLength(8);
  });

  it('says which site refuses or does not answer', async () => {
    const [, jaoUrl = ''] = sites;
    sites = ['--jao', jaoUrl, '--arc', 'EU=http://127.0.0.1:9'];
    const away = await replicate('status');
    expect(away.exitCode).toBe(1);
    expect(
      away.lines.filter((line) => /unreachable .*EU at .* does not answer/.test(line)),
    ).toHaveLength(7);
    const wrong = withLogin(servers[1]?.url ?? '', 'guess');
    sites = ['--jao', jaoUrl, '--arc', `EU=${wrong}`];
    const refused = await replicate('apply');
    expect(refused.exitCode).toBe(1);
    expect(refused.lines).toHaveLength(1);
    expect(refused.lines[0]).toMatch(
      /^draws: replication of status-entities at EU: .*refused: 401/,
    );
  });
});
