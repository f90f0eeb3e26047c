// What the looking commands show comes from databases that others write too: nothing in them may
// break a command or reach the terminal as an order to it.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectTo } from '../../mockup/cli/site/connection.ts';
import { textTable } from '../../mockup/cli/terminal/text-table.ts';
import { createLiveTable } from '../../mockup/cli/up/live-table.ts';
import { readOus } from '../../mockup/core/ous/reading.ts';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';
import { couchRequest } from '../../mockup/replication/couch-request.ts';
import { runDraws } from './run-draws.ts';

const OUS = 'uid://X1/X1/Xb0';
const ESCAPE = '\u001b]0;owned\u0007\u009b2J\u202e\u2066\u200f';
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const OBEYED = /[\u001b\u0007\u009b\u202e\u2066\u200f]/;
const time = '2026-01-05T00:00:00.000';

let server: CouchServer;
let env: Record<string, string>;

beforeEach(async () => {
  server = await startCouchServer();
  env = { COUCHDB_URL: server.url, DRAWS_LOCATION: 'JAO' };
  await runDraws(['init'], env);
});

afterEach(() => server.close());

async function put(database: string, doc: { _id: string }): Promise<void> {
  await connectTo(server.url).open(database).put(doc);
}

async function output(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runDraws(args, env);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).not.toMatch(OBEYED);
  return stdout;
}

it('status passes over what is no heartbeat', async () => {
  const actor = {
    ...{ name: `xtss${ESCAPE}`, site: 'JAO', host: 'h', pid: 1, started: time, timestamp: time },
    ...{ holder: { machine: 'm' }, state: 'idle', workingOn: [{}, ESCAPE], counts: 5 },
  };
  for (const [index, fields] of [
    { holder: 5 },
    { timestamp: undefined },
    { state: 'x' },
    { pid: {} },
    {},
  ].entries()) {
    await put('actors', { ...actor, ...fields, _id: `actor ${index}` });
  }
  await put('msgq', { _id: 'm', selector: ESCAPE, consumed: false } as { _id: string });
  const shown = await output('status');
  expect(shown.match(/1@h/g)).toHaveLength(1);
  expect(shown).toContain('owned');
  const { unread } = JSON.parse(await output('status', '--json')) as { unread: object };
  expect(Object.keys(unread)).toEqual([ESCAPE]);
});

it('messages and history show what is malformed as far as it can be read', async () => {
  await put('msgq', { _id: 'one', selector: 5, consumed: false } as { _id: string });
  await put('msgq', { _id: 'two', selector: 's', consumed: false, sender: 4 } as { _id: string });
  expect(await output('messages')).toMatch(/^two +s/);
  const entry = { timestamp: time, state: 'Processing' };
  const history = [entry, { ...entry, by: 7, substate: {}, executive: [], reason: ESCAPE }, null];
  const ous = { _id: 'uid___X1_X1_Xb0', entityId: OUS, progID: ESCAPE, state: 'Processing' };
  await put('status-entities', { ...ous, history } as { _id: string });
  expect((await output('history', OUS)).trim().split('\n')).toHaveLength(3);
  expect(JSON.parse(await output('history', OUS, '--json'))).toMatchObject({ progID: ESCAPE });
  expect(JSON.parse(await output('messages', '--json'))).toHaveLength(2);
});

it('status and conflicts show troubles and ids of others as text', async () => {
  const actor = {
    ...{ name: 'xtss', site: 'JAO', host: 'h', pid: 1, started: time, timestamp: time },
    ...{ holder: { machine: 'm' }, state: 'idle', trouble: `no room${ESCAPE}`, version: ESCAPE },
  };
  await put('actors', { ...actor, _id: 'a' });
  const leaf = (rev: string) => ({ _id: `x${ESCAPE}`, _rev: rev, selector: ESCAPE, n: rev });
  const body = { docs: [leaf('1-a'), leaf('1-b')], new_edits: false };
  const site = { executive: 'JAO', url: server.url };
  await couchRequest(site, '/ngas/_bulk_docs', { method: 'POST', body });
  expect(await output('status')).toMatch(/no room.*owned.*\nConflicts.*\n +ngas\/x.*owned/);
  expect(await output('conflicts', 'list')).toMatch(/^ngas\/x.*owned/);
  await output('conflicts', 'list', '--json');
  const { stdout } = await runDraws(['conflicts', 'resolve'], env);
  expect(stdout).toMatch(/left, .*draws conflicts resolve ngas 'x.*owned.*' --keep/);
  expect(stdout).not.toMatch(OBEYED);
});

it('tables hold nothing that steers a terminal', () => {
  const [line] = textTable([[`a${ESCAPE}`, 1, 'two\nlines']]);
  expect(line).not.toMatch(OBEYED);
  expect(line).toMatch(/^a.*owned.* 1 {2}two lines$/);
  let written = '';
  const write = (text: string) => {
    written += text;
    return true;
  };
  const doc = { _id: 'x', entityId: ESCAPE, state: ESCAPE, substate: ESCAPE, timestamp: ESCAPE };
  const ous = readOus(doc);
  if (ous) createLiveTable({ write }).show([ous], [ous]);
  expect(written).toContain('owned');
  expect(written).not.toMatch(OBEYED);
});
