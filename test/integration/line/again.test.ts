// A line that is started again on what an earlier one left: other sites, other numbers.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DemoPlan, whatIsLeft } from '../../../mockup/cli/demo/demo-plan.ts';
import { connectTo } from '../../../mockup/cli/site/connection.ts';
import { documentId } from '../../../mockup/core/identifiers.ts';
import { launchOus, type OusDocument } from '../../../mockup/core/ous/ous.ts';
import { startCouchServer } from '../../../mockup/couch-server/server.ts';

const run = promisify(execFile);
const draws = fileURLToPath(new URL('../../../mockup/cli/draws.mjs', import.meta.url));

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'draws-again-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function up(...args: string[]): Promise<{ ouss: { ousUID: string }[] }> {
  const json = join(directory, 'report.json');
  const quick = ['--once', '--pace', '0', '--failure-rate', '0', '--couchdb-port', '0'];
  const where = ['--cache-port', '0', '--data', join(directory, 'data'), '--json', json];
  await run(process.execPath, [draws, 'up', ...quick, ...where, ...args]);
  return JSON.parse(await readFile(json, 'utf8'));
}

it('has no ghosts of sites that are gone, and as many OUSs as it is told', async () => {
  expect((await up('--sites', 'JAO,EU,NA', '--ous', '1')).ouss).toHaveLength(1);
  expect((await up('--sites', 'JAO,EU', '--ous', '2')).ouss).toHaveLength(2);
  const server = await startCouchServer({ directory: join(directory, 'data/jao/couchdb') });
  try {
    const idsOf = async (database: string) =>
      (await connectTo(server.url).open(database).allDocs()).map(({ _id }) => _id);
    const replications = (await idsOf('_replicator')).filter((id) => id.startsWith('draws-'));
    expect(replications.length).toBeGreaterThan(0);
    expect(replications.filter((id) => id.includes('NA'))).toEqual([]);
    expect((await idsOf('actors')).filter((id) => id.includes('NA'))).toEqual([]);
  } finally {
    await server.close();
  }
}, 300_000);

it('goes on with what its sites can end, and begins anew where nothing is left', () => {
  const uids = ['uid://a/1', 'uid://a/2', 'uid://a/3'];
  const plan: DemoPlan = { cause: 'demo', ouss: uids.map((ousUid) => ({ progId: 'p', ousUid })) };
  const launched = uids.map((uid) =>
    launchOus(undefined, uid, 'p', { timestamp: '2026-01-01T00:00:00.000', by: 'launcher@JAO' }),
  );
  const [first, second, third] = launched as [OusDocument, OusDocument, OusDocument];
  const at = (ous: OusDocument, executive: 'NA' | 'EU', state: OusDocument['state']) => ({
    ...ous,
    state,
    flags: { PL_PROCESSING_EXECUTIVE: executive },
  });
  const ouss = [at(first, 'NA', 'Processing'), at(second, 'NA', 'ProcessingProblem'), third];
  const find = (uid: string) => ouss.find(({ _id }) => _id === documentId(uid));
  const { left, open, elsewhere } = whatIsLeft(plan, find, ['JAO', 'EU']);
  expect(elsewhere).toEqual(['NA']);
  expect(open.map(({ ousUid }) => ousUid)).toEqual(['uid://a/2', 'uid://a/3']);
  expect(left.ouss).toEqual(open);
  expect(whatIsLeft(plan, () => undefined, ['JAO', 'EU']).open).toEqual([]);
});
