// Database `visits`: what pages see of prompt processing, as it happens.

import { afterEach, expect, it } from 'vitest';
import type { VisitDetail } from '../../../dashboard/protocol/json-api.ts';
import type { FeedSummary } from '../../../dashboard/protocol/summaries.ts';
import { areWell } from '../../../dashboard/server/model/feed-health.ts';
import { GROUPS_KEPT, REFUSALS_KEPT } from '../../../dashboard/server/watch/visit-sink.ts';
import { type Visit, visitId } from '../../../mockup/core/prompt/visit.ts';
import type { DatabaseServer } from '../../../mockup/platform/couch/database.ts';
import { VisitStore } from '../../../mockup/prompt/visits/visit-store.ts';
import { ports, TestSite } from './site.ts';

let site: TestSite;
afterEach(() => site.stop());

const withVisits = async (server: DatabaseServer): Promise<void> => {
  await server.create('visits');
};

const visit = (group: string, detector = 0): Visit => ({
  ...{ instrument: 'LSSTComCam', detector, group, snaps: 2, filter: 'r', kind: 'SURVEY' },
  ...{ ra: 10, dec: -20, rot: 0 },
});

function storeAt(clock = ports.clock): VisitStore {
  const database = site.server.open('visits');
  return new VisitStore({ clock, database, worker: 'host-1', lease_ms: 60_000 });
}

/** A clock that stands still at a minute of the night. */
function minute(n: number): typeof ports.clock {
  return Object.assign(Object.create(ports.clock) as typeof ports.clock, {
    now: () => Date.UTC(2026, 6, 1, 10, n),
  });
}

it('tells of visits when their database appears, each change as a difference', async () => {
  site = await TestSite.start();
  const page = await site.page();
  await site.isWatched();
  expect(page.get('feed', 'visits')).toBeUndefined();
  expect(page.count('visit')).toBe(0);

  await site.server.create('visits');
  await page.until(() => page.get('feed', 'visits')?.state === 'live');
  const store = storeAt();
  const outcome = await store.claim(visit('g1', 4));
  if (outcome.kind !== 'claimed') throw new Error(outcome.kind);
  const id = visitId(visit('g1', 4));
  await page.until(() => page.get('visit', id)?.state === 'preparing');
  await store.move(outcome.visit, 'waiting', { subscription: 'w-1' });
  const time = new Date().toISOString();
  const snap = { snap: 0, exposureId: 'e0', object: 'o', stored: time, arrived: time };
  await store.note(outcome.visit, () => ({ snaps: [snap] }));
  await store.move(outcome.visit, 'processing');
  const result = { diaSources: 3, diaObjects: 2, alerts: 3 };
  await store.move(outcome.visit, 'partial', { result, latency_s: 12.5, subscription: undefined });
  await page.until(() => page.get('visit', id)?.state === 'partial');
  expect(page.get('visit', id)).toMatchObject({
    ...{ instrument: 'LSSTComCam', group: 'g1', detector: 4, snaps: 1, expected: 2 },
    ...{ worker: 'host-1', latency_s: 12.5, claims: 1, late: 0 },
  });
  expect(page.messages.filter(({ type }) => type === 'snapshot')).toHaveLength(1);

  const detail = await site.json<VisitDetail>(`/api/visits/${id}`);
  expect(detail.history.map(({ state }) => state)).toEqual([
    ...['announced', 'preparing', 'waiting', 'processing', 'partial'],
  ]);
  expect(detail).toMatchObject({ result, filter: 'r', ra: 10, dec: -20, subscription: null });
  expect(detail.snaps).toMatchObject([{ snap: 0, exposure: 'e0', late: false }]);
  expect((await site.get('/api/visits/_design%2Fx')).status).toBe(404);
  expect((await site.get('/api/visits/no-such')).status).toBe(404);

  await site.server.remove('visits');
  await page.until(() => page.get('feed', 'visits') === undefined);
  expect(page.count('visit')).toBe(0);
});

it('keeps the newest visits of each camera and the newest refusals', async () => {
  site = await TestSite.start({}, withVisits);
  const page = await site.page();
  await page.until(() => page.get('feed', 'visits')?.state === 'live');
  const claimAt = (n: number) => storeAt(minute(n)).claim(visit(`g${n}`));
  for (let n = 1; n <= GROUPS_KEPT + 3; n++) await claimAt(n);
  await claimAt(0);
  for (let n = 0; n <= REFUSALS_KEPT; n++) {
    await storeAt(minute(n)).refuse(`m${n}`, 'detector: not valid', { data: '<b>' });
  }
  await page.until(() => page.get('refusal', `refused_m${REFUSALS_KEPT}`) !== undefined);
  const groups = Array.from({ length: GROUPS_KEPT }, (_, n) => `g${n + 4}`);
  const known = [...page.known.values()].flatMap((one) => ('group' in one ? one.group : []));
  expect(known.sort()).toEqual(groups.sort());
  expect(page.count('refusal')).toBe(REFUSALS_KEPT);
  expect(page.get('refusal', 'refused_m0')).toBeUndefined();
  expect(page.get('refusal', 'refused_m9')).toMatchObject({
    ...{ reason: 'detector: not valid', shown: '{"data":"<b>"}' },
  });
});

it('tells of workers, and is well on a server that has prompt processing alone', async () => {
  site = await TestSite.start({}, withVisits);
  const page = await site.page();
  await page.until(() => page.get('feed', 'visits')?.state === 'live');
  const said = { kind: 'workers', instrument: 'LATISS', time: new Date().toISOString() };
  const counts: object = { busy: 2, idle: 'x', maximum: 9 };
  await site.put('visits', { _id: 'workers_LATISS_h', ...said, ...counts });
  await page.until(() => page.get('workers', 'workers_LATISS_h') !== undefined);
  expect(page.get('workers', 'workers_LATISS_h')).toMatchObject({ busy: 2, idle: 0, maximum: 9 });

  const feeds = (...states: FeedSummary['state'][]) =>
    ['status-entities', 'msgq', 'visits'].map((id, n) => ({ id, state: states[n] ?? 'absent' }));
  expect(areWell(feeds('live', 'live', 'live'))).toBe(true);
  expect(areWell(feeds('absent', 'absent', 'live'))).toBe(true);
  expect(areWell(feeds('absent', 'absent', 'lost'))).toBe(false);
  expect(areWell(feeds('live', 'absent', 'live'))).toBe(false);
  expect(areWell(feeds('absent', 'absent', 'live').slice(0, 2))).toBe(false);
});

it('survives documents that are no visits', async () => {
  site = await TestSite.start({}, withVisits);
  const page = await site.page();
  await page.until(() => page.get('feed', 'visits')?.state === 'live');
  const odd = { instrument: 'X', group: 'g', detector: 1, state: 'dancing' };
  const put = (_id: string, doc: object) => site.put('visits', { _id, ...doc });
  await put('a', { ...odd, history: 7, snaps: { length: 3 }, claim: [] });
  await put('b', { ...odd, detector: -1 });
  await put('c', { ...odd, detector: '1' });
  await put('d', { nothing: true });
  await put('e', { ...odd, detector: 2, history: [null, 'x'], visit: 1 });
  await page.until(() => page.get('visit', 'e') !== undefined);
  expect(page.get('visit', 'a')).toMatchObject({ state: 'dancing', snaps: 0, since_ms: null });
  expect(page.count('visit')).toBe(2);
  expect((await site.json<VisitDetail>('/api/visits/a')).history).toEqual([]);
});
