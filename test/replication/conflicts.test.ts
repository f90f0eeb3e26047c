// Documents that two sites have written: found, shown, and ended by the rule or by a person.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';
import { Releases } from '../../mockup/platform/process/releases.ts';
import { judge } from '../../mockup/replication/conflicts/conflict-rule.ts';
import {
  type ConflictLeaf,
  createConflictMemory,
  findConflicts,
} from '../../mockup/replication/conflicts/find-conflicts.ts';
import { settle } from '../../mockup/replication/conflicts/resolve-conflicts.ts';
import { couchRequest } from '../../mockup/replication/couch-request.ts';
import type { ReplicatedSite } from '../../mockup/replication/plan.ts';
import { runDraws } from '../cli/run-draws.ts';

const UID = 'uid___X1_X1_Xb0';
let releases: Releases;
let jao: ReplicatedSite;
let eu: ReplicatedSite;

beforeEach(async () => {
  releases = new Releases();
  const start = async (): Promise<CouchServer> => {
    const server = await startCouchServer();
    releases.add(() => server.close());
    await runDraws(['init'], { COUCHDB_URL: server.url });
    return server;
  };
  jao = { executive: 'JAO', url: (await start()).url };
  eu = { executive: 'EU', url: (await start()).url };
});

afterEach(() => releases.release());

const at = ({ executive, url }: ReplicatedSite) => ({
  DRAWS_LOCATION: executive,
  COUCHDB_URL: url,
});

/** Writes at one site, as its actors would. */
async function put(site: ReplicatedSite, database: string, doc: object): Promise<void> {
  const request = { method: 'POST', body: { docs: [doc] } } as const;
  const { body } = await couchRequest(site, `/${database}/_bulk_docs`, request);
  expect(body).toMatchObject([{ ok: true }]);
}

/** What is at one site comes to the other, as often as it takes. */
async function replicate(from: ReplicatedSite, to: ReplicatedSite, database: string) {
  const body = { source: `${from.url}/${database}`, target: `${to.url}/${database}` };
  await couchRequest(to, '/_replicate', { method: 'POST', body });
}

const get = async (site: ReplicatedSite, database: string, id: string) =>
  (await couchRequest(site, `/${database}/${id}?conflicts=true`)).body as ConflictLeaf;

const ous = (substate: string) => ({
  _id: UID,
  entityId: 'uid://X1/X1/Xb0',
  state: 'x',
  substate,
});

it('lets JAO count where an OUS was launched at both sites', async () => {
  await put(jao, 'status-entities', ous('of JAO'));
  await put(eu, 'status-entities', ous('of EU'));
  await replicate(jao, eu, 'status-entities');
  const status = await runDraws(['status'], at(eu));
  expect(status.stdout).toMatch(/^Conflicts \(draws conflicts list\)\n {2}status-entities\/uid/m);

  const unknown = await runDraws(['conflicts', 'resolve'], at(eu));
  expect(unknown.stdout).toMatch(/left, JAO's revision counts, and JAO can't be asked \(draws/);
  expect(unknown.exitCode).toBe(1);

  const listed = await runDraws(['conflicts', 'list', '--jao', jao.url], at(eu));
  expect(listed.stdout).toMatch(/keep +1-\w+ .*substate of JAO/);
  const dry = await runDraws(['conflicts', 'resolve', '--dry-run', '--jao', jao.url], at(eu));
  expect(dry.stdout).toMatch(/would keep 1-\w+, JAO alone writes this database/);
  expect(await findConflicts(eu)).toHaveLength(1);
  const resolved = await runDraws(['conflicts', 'resolve', '--jao', jao.url], at(eu));
  expect([resolved.exitCode, resolved.stderr]).toEqual([0, '']);
  expect(await findConflicts(eu)).toEqual([]);
  expect(await get(eu, 'status-entities', UID)).toEqual(await get(jao, 'status-entities', UID));
});

it('leaves a message handled where two sites took it', async () => {
  const message = { _id: 'm', selector: 's', creationTimestamp: 't', body: {}, consumed: false };
  await put(jao, 'msgq', message);
  await replicate(jao, eu, 'msgq');
  const { _rev } = await get(jao, 'msgq', 'm');
  const taken = (state: string, site: string) => ({
    ...message,
    _rev,
    consumed: state !== 'open',
    delivery: { state, holder: { site }, finishedAt: `2026 ${site}` },
  });
  await put(jao, 'msgq', taken('claimed', 'JAO'));
  await put(eu, 'msgq', taken('done', 'EU'));
  await Promise.all([replicate(jao, eu, 'msgq'), replicate(eu, jao, 'msgq')]);
  for (const site of [jao, eu]) {
    const { stdout } = await runDraws(['conflicts', 'resolve'], at(site));
    expect(stdout).toMatch(/^msgq\/m: kept 2-\w+, it was handled, and must not be again\n$/);
  }
  await Promise.all([replicate(jao, eu, 'msgq'), replicate(eu, jao, 'msgq')]);
  for (const site of [jao, eu]) {
    expect(await findConflicts(site)).toEqual([]);
    expect(await get(site, 'msgq', 'm')).toMatchObject({ delivery: { state: 'done' } });
  }
});

it('deletes nothing before the members of all are together', async () => {
  const group = (rev: string, ...members: string[]) => ({ _id: 'g.*', _rev: rev, members });
  const leaves = [group('1-a', 'one'), group('1-b', 'two')];
  const body = { docs: leaves, new_edits: false };
  await couchRequest(jao, '/msgq/_bulk_docs', { method: 'POST', body });
  const [conflict] = await findConflicts(jao);
  const judgement = conflict && judge(conflict, undefined);
  if (!conflict || judgement?.keep === undefined) throw new Error('no conflict');
  // Meanwhile somebody joins.
  await put(jao, 'msgq', group(judgement.keep, 'one', 'three'));
  const { keep, merged } = judgement;
  await expect(settle(jao, conflict, keep, merged)).rejects.toThrow(/written meanwhile/);
  expect((await runDraws(['conflicts', 'resolve'], at(jao))).exitCode).toBe(0);
  const { members } = await get(jao, 'msgq', 'g.*');
  expect(members).toEqual(['one', 'three', 'two']);
});

it('tells revisions apart by what is attached', () => {
  const file = (rev: string, digest: string) => ({
    ...{ _id: 'f', _rev: rev, size_bytes: 9 },
    _attachments: { contents: { digest, revpos: Number(rev[0]), stub: true } },
  });
  const conflict = (...digests: [string, string]) => ({
    ...{ database: 'ngas' as const, id: 'f' },
    leaves: [file('1-a', digests[0]), file('2-b', digests[1])],
  });
  expect(judge(conflict('md5-x', 'md5-y'), undefined).keep).toBeUndefined();
  expect(judge(conflict('md5-x', 'md5-x'), undefined).keep).toBe('1-a');
});

it('does as a person says', async () => {
  await put(jao, 'delivery-status', { _id: UID, complete: true });
  await put(eu, 'delivery-status', { _id: UID, complete: false });
  await replicate(eu, jao, 'delivery-status');
  const left = await runDraws(['conflicts', 'resolve'], at(jao));
  expect(left.stdout).toMatch(/left, JAO itself has several/);
  const [conflict] = await findConflicts(jao);
  const keep = conflict?.leaves.find(({ complete }) => complete === false)?._rev ?? '';
  const one = ['conflicts', 'resolve', 'delivery-status', UID];
  const wrong = await runDraws([...one, '--keep', '9-x'], at(jao));
  expect(wrong.stderr).toMatch(/has no revision 9-x \(one of 1-/);
  const { stdout } = await runDraws([...one, '--keep', keep], at(jao));
  expect(stdout).toMatch(/kept 1-\w+, as you say/);
  expect(await get(jao, 'delivery-status', UID)).toMatchObject({ complete: false, _rev: keep });
  const again = await runDraws([...one, '--keep', keep], at(jao));
  expect(again.stderr).toMatch(/has no conflict/);
});

it('reads only what is new when it looks again', async () => {
  const memory = createConflictMemory();
  await put(jao, 'ngas', { _id: 'f', size_bytes: 1 });
  expect(await findConflicts(jao, memory)).toEqual([]);
  await put(eu, 'ngas', { _id: 'f', size_bytes: 2 });
  await replicate(eu, jao, 'ngas');
  expect(await findConflicts(jao, memory)).toHaveLength(1);
  expect(await findConflicts(jao, memory)).toHaveLength(1);
});

it('says that there are none', async () => {
  expect((await runDraws(['conflicts', 'list'], at(jao))).stdout).toBe('no conflicts\n');
  expect((await runDraws(['status'], at(jao))).stdout).not.toMatch(/onflict/);
});

const leaf = (rev: string, fields: object): ConflictLeaf => ({ _id: 'x', _rev: rev, ...fields });

it('decides the same whichever revision comes first', () => {
  const cases = [
    ['actors', leaf('2-b', { timestamp: '1' }), leaf('2-a', { timestamp: '2' }), '2-a'],
    ['ngas', leaf('2-b', { size: 1 }), leaf('2-a', { size: 1 }), '2-a'],
    ['msgq', leaf('3-b', { consumed: false }), leaf('2-a', { consumed: true }), '2-a'],
    ['msgq', leaf('3-b', { members: ['b'] }), leaf('2-a', { members: ['a'] }), '2-a'],
  ] as const;
  for (const [database, one, other, keep] of cases) {
    for (const leaves of [
      [one, other],
      [other, one],
    ]) {
      expect(judge({ database, id: 'x', leaves }, undefined).keep).toBe(keep);
    }
  }
  const groups = [leaf('3-b', { members: ['b', 'c'] }), leaf('2-a', { members: ['a', 'b'] })];
  const merged = { members: ['a', 'b', 'c'] };
  expect(judge({ database: 'msgq', id: 'g.*', leaves: groups }, undefined)).toMatchObject({
    merged,
  });
});
