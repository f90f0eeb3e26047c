// The commands that read and mend, on an embedded server of their own.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectTo, withBus } from '../../mockup/cli/site/connection.ts';
import { databaseNames, workflowDatabases } from '../../mockup/core/databases.ts';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';
import type { MessageDocument } from '../../mockup/platform/bus/message.ts';
import type { Database } from '../../mockup/platform/couch/database.ts';
import { runDraws } from './run-draws.ts';

const OUS = 'uid://X1/X1/Xb0';

let server: CouchServer;
let env: Record<string, string>;
let messages: Database;

beforeEach(async () => {
  server = await startCouchServer();
  env = { COUCHDB_URL: server.url, DRAWS_LOCATION: 'JAO' };
  expect((await runDraws(['init'], env)).exitCode).toBe(0);
  messages = connectTo(server.url).open(databaseNames.messages);
});

afterEach(() => server.close());

async function output(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runDraws(args, env);
  expect([exitCode, stderr]).toEqual([0, '']);
  return stdout;
}

it('init may be repeated', async () => {
  const lines = (await output('init')).trim().split('\n');
  expect(lines).toEqual(workflowDatabases.map(({ name }) => `${name}: there already`));
  const { names } = { names: await connectTo(server.url).names() };
  expect(names).toEqual(expect.arrayContaining(workflowDatabases.map(({ name }) => name)));
});

describe('messages', () => {
  it('are sent by hand, with fields as JSON or text', async () => {
    await output('send-message', 'test.any', 'text=a=b', 'list=[1,2]', 'yes=true');
    const [message] = await messages.find<MessageDocument>({ selector: { consumed: false } });
    expect(message).toMatchObject({
      selector: 'test.any',
      body: { text: 'a=b', list: [1, 2], yes: true },
      sender: 'send-message@JAO',
    });
    expect(await output('messages')).toMatch(/^\S+-[0-9a-f]{32} {2}test\.any .*"list":\[1,2\]/);
  });

  it('that are dead are listed and revived', async () => {
    expect(await output('messages', '--dead')).toBe('no dead messages\n');
    const holder = { actor: 'xtss', site: 'JAO', machine: '', pid: 1, instance: 'i' };
    const delivery = { state: 'dead', holder, attempts: 5, lease_ms: 1, error: 'no luck' };
    const _id = `2026-01-01T00:00:00.000-${'0'.repeat(32)}`;
    const rest = { creationTimestamp: '', originIP: '', selector: 'xtss', body: {} };
    await messages.put({ _id, ...rest, consumed: true, delivery });

    expect(await output('messages', '--dead')).toContain(`${_id}  xtss    5 attempts  no luck`);
    expect(await output('status')).toContain('1 dead');
    await output('messages', 'retry', _id);
    expect(await output('messages', '--dead')).toBe('no dead messages\n');
    expect(JSON.parse(await output('messages', '--json'))).toMatchObject([{ _id }]);
    const again = await runDraws(['messages', 'retry', _id], env);
    expect([again.exitCode, again.stderr]).toEqual([
      1,
      `draws: message ${_id} is not dead (draws messages --dead lists those that are)\n`,
    ]);
    const none = await runDraws(['messages', 'retry', 'nothing'], env);
    expect([none.exitCode, none.stderr]).toEqual([1, 'draws: there is no message nothing\n']);
  });

  it('that nobody needs are taken away, but none that is in flight', async () => {
    await output('send-message', 'for.nobody', 'text=x');
    await output('send-message', 'for.nobody', 'text=y');
    const found = await messages.find<MessageDocument>({ selector: { consumed: false } });
    const [one, two] = found.map(({ _id }) => _id) as [string, string];
    const asked = await runDraws(['messages', 'delete', one], env);
    expect([asked.exitCode, asked.stderr]).toEqual([
      2,
      'draws: this deletes data and there is no terminal to ask at (give --yes)\n',
    ]);
    const holder = { actor: 'xtss', site: 'JAO', machine: '', pid: 7, instance: 'i' };
    const delivery = { state: 'claimed', holder, attempts: 1, lease_ms: 1, claimedAt: '' };
    await messages.put({ ...(await messages.get(two)), _id: two, consumed: true, delivery });
    const inFlight = await runDraws(['messages', 'delete', '--yes', one, two], env);
    expect([inFlight.exitCode, inFlight.stderr]).toEqual([
      1,
      `draws: message ${two} is in the hand of an actor ` +
        '(xtss of JAO (process 7) works on it; stop that first)\n',
    ]);
    expect(await output('messages', 'delete', '--yes', one)).toBe(`${one} is deleted\n`);
    expect(await messages.get(one)).toBeUndefined();
    expect(await messages.get(two)).toBeDefined();
    const again = await runDraws(['messages', 'delete', '--yes', one], env);
    expect([again.exitCode, again.stderr]).toEqual([1, `draws: there is no message ${one}\n`]);
  });

  it('that are taken away go at the sites that have them, and at no other', async () => {
    const tombstone = async (id: string) => {
      const url = `${server.url}/msgq/${encodeURIComponent(id)}?open_revs=all`;
      const answer = await fetch(url, { headers: { accept: 'application/json' } });
      return ((await answer.json()) as [{ ok: unknown }])[0].ok;
    };
    const rest = { creationTimestamp: 't', originIP: '', consumed: false, body: {} };
    const routes = { selector: 'pipeline.process.EU', sender: 'dra@JAO', answerTo: 'dra@JAO' };
    await messages.put({ _id: 'one', ...rest, ...routes });
    await messages.put({ _id: 'two', ...rest, ...routes });
    await output('messages', 'delete', '--yes', 'one');
    await output('clear-all-dbs', '--yes');
    for (const _id of ['one', 'two']) {
      expect(await tombstone(_id)).toEqual({
        ...{ _id, _rev: expect.stringMatching(/^2-/), _deleted: true },
        ...routes,
      });
    }
  });

  it.each([
    [201, 0, ''],
    [400, 1, 'draws: 400: the request was not understood '],
    [404, 1, 'draws: 404: there is no such OUS\n'],
    [409, 1, 'draws: 409: refused: '],
  ])('that xtss answers with %i end with %i', async (answer, code, said) => {
    const serving = withBus(env, 'xtss', async (bus) => {
      const asked = new Promise<void>((resolve) => {
        bus.serve('xtss', async () => {
          resolve();
          return answer;
        });
      });
      const ran = await runDraws(['send-rpc', 'xtss', '{}'], env);
      await asked;
      return ran;
    });
    const { exitCode, stdout, stderr } = await serving;
    expect([exitCode, stdout]).toEqual([code, `${answer}\n`]);
    expect(stderr.slice(0, said.length)).toBe(said);
    expect(stderr === '').toBe(code === 0);
  });

  it('that nobody answers are told after the time limit', async () => {
    const { exitCode, stderr } = await runDraws(
      ['send-rpc', 'nobody', '{"a": 1}', '--time-limit', '0.2'],
      env,
    );
    expect([exitCode, stderr]).toEqual([
      1,
      'draws: no answer on nobody within 0.2 s (is the actor that serves it running?)\n',
    ]);
  });
});

describe('OUSs', () => {
  it('are launched, counted, and have a history', async () => {
    const { exitCode } = await runDraws(['history', OUS], env);
    expect(exitCode).toBe(1);
    await launch();
    expect(await output('history', OUS)).toMatch(
      /^uid:\/\/X1\/X1\/Xb0 of 2015\.1\.00657\.S: ReadyForProcessing PipelineImaging\n\S+ .*launcher@JAO/,
    );
    expect(JSON.parse(await output('history', OUS, '--json'))).toMatchObject({ entityId: OUS });
    expect(await output('status')).toMatch(
      /ReadyForProcessing {2}1\nWaiting\n {2}uid\S+ +\S+ +PipelineImaging {2}waits for dra\nUnread/,
    );
    expect(JSON.parse(await output('status', '--json'))).toMatchObject({
      ouss: { ReadyForProcessing: 1 },
      waiting: [{ ousUID: OUS, substate: 'PipelineImaging', waitsFor: 'dra' }],
      unread: {},
      dead: 0,
      actors: [],
    });
  });
});

describe('clear-all-dbs', () => {
  it('asks first, and needs --yes where nobody can be asked', async () => {
    await launch();
    const { exitCode, stderr, stdout } = await runDraws(['clear-all-dbs'], env);
    expect([exitCode, stderr]).toEqual([
      2,
      'draws: this deletes data and there is no terminal to ask at (give --yes)\n',
    ]);
    expect(stdout).toContain('status-entities: 1 documents');
    expect(await output('status')).toContain('ReadyForProcessing  1');
  });

  it('deletes the documents of this product, and keeps databases and indexes', async () => {
    await launch();
    const other = connectTo(server.url);
    await other.create('somebody-elses');
    await other.open('somebody-elses').put({ _id: 'kept' });
    expect(await output('clear-all-dbs', '--yes')).toContain('deleted 1 documents');
    expect(await output('status')).toContain('OUSs at');
    expect(await other.open('somebody-elses').get('kept')).toBeDefined();
    expect(await output('clear-all-dbs', '--yes', '--all')).toContain('somebody-elses: 1');
    expect(await other.open('somebody-elses').get('kept')).toBeUndefined();
    await launch();
  });

  it('empties cache and run directories where asked', async () => {
    const root = mkdtempSync(join(tmpdir(), 'draws-clear-'));
    try {
      const cache = join(root, 'cache');
      mkdirSync(join(cache, 'weblogs'), { recursive: true });
      writeFileSync(join(root, 'other'), 'kept');
      const own = { ...env, DRAWS_LOCAL_CACHE: cache, DRAWS_EU_CACHE: 'me@arc-host:/tmp/x' };
      const { stdout } = await runDraws(['clear-all-dbs', '--yes', '--caches'], own);
      expect(stdout).toContain(`${cache}: all files`);
      expect(stdout).not.toContain('arc-host');
      expect(readdirSync(root).sort()).toEqual(['cache', 'other']);
      expect(readdirSync(cache)).toEqual(['weblogs']);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

/** In this process no signal may be listened for, so the document is written by the launcher's rule. */
async function launch(): Promise<void> {
  const { launchOus, setSubstate } = await import('../../mockup/core/ous/ous.ts');
  const context = { timestamp: '2026-01-01T00:00:00.000', by: 'launcher@JAO' };
  const ous = launchOus(undefined, OUS, '2015.1.00657.S', context);
  const database = connectTo(server.url).open(databaseNames.statusEntities);
  await database.put({ ...setSubstate(ous, 'PipelineImaging', context) });
}
