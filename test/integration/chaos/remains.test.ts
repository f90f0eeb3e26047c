// The checkers of the chaos programme find what a fault could leave: each kind of damage is done
// by hand to what an idle line leaves.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startCouchServer } from '../../../mockup/couch-server/server.ts';
import { Releases } from '../../../mockup/platform/process/releases.ts';
import { couchRequest } from '../../../mockup/replication/couch-request.ts';
import type { ChaosSite, ChaosWorld } from '../../../scripts/chaos.d/chaos-world.ts';
import { waitForRest } from '../../../scripts/chaos.d/convergence.ts';
import { connect, findProblems } from '../../../scripts/chaos.d/remains.ts';
import { runDraws } from '../../cli/run-draws.ts';

const RUN = 'X1-X1-Xb0-2026-01-05T00:00:00.001';
const PRODUCT = `product-0-${RUN}.data`;

let releases: Releases;
let world: ChaosWorld;

beforeEach(async () => {
  releases = new Releases();
  const directory = mkdtempSync(join(tmpdir(), 'draws-remains-'));
  releases.add(() => rmSync(directory, { recursive: true }));
  const site = async (name: string): Promise<ChaosSite> => {
    const server = await startCouchServer();
    releases.add(() => server.close());
    await runDraws(['init'], { COUCHDB_URL: server.url });
    const [cache, runs] = [join(directory, name, 'cache'), join(directory, name, 'runs')];
    for (const path of [cache, runs]) mkdirSync(path, { recursive: true });
    return { name, url: server.url, cache, runs };
  };
  world = { jao: await site('JAO'), arc: await site('EU') } as ChaosWorld;
});

afterEach(() => releases.release());

async function write({ url }: ChaosSite, database: string, docs: object[], newEdits = true) {
  const body = { docs, new_edits: newEdits };
  const server = { executive: 'JAO' as const, url };
  await couchRequest(server, `/${database}/_bulk_docs`, { method: 'POST', body });
}

it('finds nothing where nothing is wrong', async () => {
  expect(await findProblems(world, [])).toEqual([]);
});

it('finds an OUS that was lost', async () => {
  expect(await findProblems(world, ['uid://X1/X1/Xb0'])).toContain(
    'uid://X1/X1/Xb0 at JAO: there is no such OUS',
  );
});

it('finds a conflict, but not one that was resolved', async () => {
  const leaf = (rev: string, more: object) => ({ _id: 'x', _rev: rev, consumed: true, ...more });
  await write(world.jao, 'msgq', [leaf('1-a', {}), leaf('1-b', {})], false);
  expect((await findProblems(world, [])).join()).toContain(
    'JAO: msgq/x has rival leaves: {"_rev":',
  );
  await write(world.jao, 'msgq', [leaf('1-a', { _deleted: true })]);
  expect((await findProblems(world, [])).join()).not.toContain('rival');
});

it('finds products that nobody wrote, or that were changed', async () => {
  for (const { cache } of [world.jao, world.arc]) writeFileSync(join(cache, PRODUCT), 'half');
  expect(await findProblems(world, [])).toEqual([
    `EU: ${PRODUCT} is in the cache, no run wrote it`,
  ]);
  writeFileSync(join(world.arc.runs, PRODUCT), 'whole');
  expect(await findProblems(world, [])).toEqual([`EU: ${PRODUCT} was changed`]);
});

it('finds a weblog that was changed in one of its two places', async () => {
  const weblog = `weblog-${RUN}.zip`;
  for (const { cache, runs } of [world.jao, world.arc]) {
    for (const path of [runs, join(cache, 'run/products')]) mkdirSync(path, { recursive: true });
    for (const path of [runs, join(cache, 'run/products')]) writeFileSync(join(path, weblog), 'x');
    writeFileSync(join(cache, weblog), 'y');
  }
  expect(await findProblems(world, [])).toEqual([
    'JAO: 1 weblogs in the cache, of 0 runs that were completed',
    'JAO: 1 products directories in the cache, of 0 runs that were completed',
    `EU: ${weblog} was changed`,
  ]);
});

it('finds a file of a run that never came to the cache', async () => {
  for (const { cache, runs } of [world.jao, world.arc]) {
    for (const path of [cache, runs]) writeFileSync(join(path, PRODUCT), 'whole');
  }
  writeFileSync(join(world.arc.runs, `pl-report-${RUN}.xml`), '<report/>');
  expect(await findProblems(world, [])).toEqual([
    `EU: pl-report-${RUN}.xml is not in the cache, others of its run are`,
  ]);
});

it('finds a report that is not what the Pipeline wrote', async () => {
  writeFileSync(join(world.arc.runs, `pl-report-${RUN}.xml`), '<report/>');
  const report = (id: string, xml: string) => ({
    _id: id,
    encodedReport: Buffer.from(xml).toString('base64'),
  });
  const docs = [report('good', '<report/>'), report('bad', '<rep')];
  await write(world.jao, 'pipeline-reports', docs);
  const found = (await findProblems(world, [])).filter((line) => /no report/.test(line));
  expect(found).toEqual(['JAO: pipeline-reports/bad is no report that a run wrote']);
});

it('finds a transfer that nobody completes', async () => {
  mkdirSync(join(world.jao.cache, '.incoming-0'));
  expect(await findProblems(world, [])).toContain('JAO: .incoming-0 was left in the cache');
});

it('says what a line that does not come to rest waits for', async () => {
  const message = { _id: 'm', selector: 's', consumed: false, body: {} };
  await write(world.arc, 'msgq', [message]);
  const [jao, arc] = [connect(world.jao.url), connect(world.arc.url)];
  const never = new AbortController().signal;
  const busy = await waitForRest(jao, arc, [], 0, never);
  expect(busy).toMatchObject({ converged: false, waitingFor: ['message m to s is unread'] });
  await write(world.arc, 'status-entities', [
    { _id: 'o', entityId: 'uid://o', state: 'Verified' },
  ]);
  const open = await waitForRest(arc, arc, ['uid://o'], 0, never);
  expect(open.waitingFor).toEqual(['uid://o is Verified']);
});
