// What an operator of ours sees of databases that Python actors alone made: plain ones, without
// indexes, without `actors`, and nobody ever ran `draws init`.

import { expect, onTestFinished, test } from 'vitest';
import { startDashboard } from '../../../dashboard/server/dashboard.ts';
import { startCouchServer } from '../../../mockup/couch-server/server.ts';
import { OriginalClient } from '../../actors/helpers/original-client.ts';
import { pythonOus, UID } from '../../actors/jao-world.ts';
import { runDraws } from '../../cli/run-draws.ts';
import { optionsFor, ports, until } from '../../dashboard/server/site.ts';

const DATABASES = [
  ...['status-entities', 'delivery-status', 'pipeline-reports', 'products-metadata'],
  ...['ngas', 'msgq'],
];

async function pythonSite() {
  const server = await startCouchServer();
  onTestFinished(() => server.close());
  for (const name of DATABASES) await fetch(`${server.url}/${name}`, { method: 'PUT' });
  const ending = new AbortController();
  onTestFinished(() => ending.abort(new Error('the test is over')));
  const original = new OriginalClient(server.url, ending.signal);
  await original.save('status-entities', UID, { ...pythonOus() });
  await original.save('delivery-status', UID, { entityId: UID, progID: '2015.1.00657.S' });
  await original.send('xtss.transitions', { operation: 'set-state' }, true);
  return { server, original, env: { COUCHDB_URL: server.url, DRAWS_LOCATION: 'JAO' } };
}

test('commands show what there is, and say what is not', async () => {
  const { original, env } = await pythonSite();
  const status = await runDraws(['status'], env);
  expect([status.exitCode, status.stderr]).toEqual([0, '']);
  expect(status.stdout).toMatch(/ReadyForProcessing/);
  expect(status.stdout).toMatch(/xtss\.transitions/);
  const json = await runDraws(['status', '--json'], env);
  expect(JSON.parse(json.stdout)).toMatchObject({ actors: [] });
  const history = await runDraws(['history', UID], env);
  expect([history.exitCode, history.stderr]).toEqual([0, '']);
  expect((await runDraws(['messages'], env)).exitCode).toBe(0);
  const conflicts = await runDraws(['conflicts', 'list'], env);
  expect([conflicts.exitCode, conflicts.stderr]).toEqual([0, '']);
  const doctor = await runDraws(['doctor'], env);
  expect(doctor.stdout).toMatch(/lacks .*actors/);
  expect(doctor.stdout + doctor.stderr).not.toMatch(/ {4}at /);
  // Nothing was made by looking.
  const names = (await (await fetch(`${env.COUCHDB_URL}/_all_dbs`)).json()) as string[];
  expect(names.filter((name) => !name.startsWith('_')).sort()).toEqual(DATABASES.toSorted());
  const ous = await original.findOne('status-entities', UID);
  expect(ous?._rev).toMatch(/^1-/);
});

test('the dashboard is well, and follows what Python actors save', async () => {
  const { server, original } = await pythonSite();
  const dashboard = await startDashboard(ports, optionsFor(server.url, {}));
  onTestFinished(() => dashboard.stop());
  const ask = async (path: string) => {
    const response = await fetch(`${dashboard.url}${path}`);
    return { status: response.status, text: await response.text() };
  };
  await until(async () => (await ask('/healthz')).status === 200);
  await until(async () => (await ask('/api/snapshot')).text.includes(UID));
  await original.save('status-entities', UID, { ...pythonOus(), state: 'Processing' });
  await until(async () => (await ask('/api/snapshot')).text.includes('Processing'));
  const { status, text } = await ask('/metrics');
  expect([status, text.includes('draws')]).toEqual([200, true]);
  expect((await ask(`/api/ous/${encodeURIComponent(UID)}`)).status).toBe(200);
  // What comes to be later is seen too: `draws init`, or the first actor of ours.
  const init = await runDraws(['init'], { COUCHDB_URL: server.url, DRAWS_LOCATION: 'JAO' });
  expect(init.exitCode).toBe(0);
  await until(async () => (await ask('/healthz')).status === 200);
});
