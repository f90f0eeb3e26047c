// What becomes of visits that their workers left, and of images that nobody waits for any more.

import { beforeEach, describe, expect, it } from 'vitest';
import { imageName } from '../../../mockup/core/prompt/image-name.ts';
import { visitId } from '../../../mockup/core/prompt/visit.ts';
import type { Clock } from '../../../mockup/platform/clock/clock.ts';
import { recordIfLate } from '../../../mockup/prompt/visits/late-images.ts';
import { VisitKeeper } from '../../../mockup/prompt/visits/visit-keeper.ts';
import { ClaimLostError, VisitStore } from '../../../mockup/prompt/visits/visit-store.ts';
import { createVisitWorld, LEASE_MS, statesOf, type VisitWorld, visit } from './visit-world.ts';

let world: VisitWorld;
beforeEach(async () => {
  world = await createVisitWorld();
});

const object = (snap: number): string =>
  imageName({ ...visit, snap, exposureId: `e${snap}`, filter: 'r' });

function keeperOf(removed: string[], options: { instrument?: string } = {}): VisitKeeper {
  return new VisitKeeper({
    ...{ clock: world.clock, log: world.log, database: world.database },
    ...{ instrument: 'LSSTComCam', giveUp_s: 660, ...options },
    deleteSubscription: async (name) => void removed.push(name),
  });
}

describe('a visit whose worker was killed', () => {
  it('is on record as timed out at once, and is tried again', async () => {
    const claimed = await world.claim('one');
    const store = world.storeOf('cloud-run');
    await world.clock.complete(store.abandoned(visit, 'one', 'timed-out', 'it took too long'));
    const record = await world.record();
    expect(record).toMatchObject({ state: 'timed-out', retriable: true, open: true });
    expect(record.claim).toBeUndefined();
    expect(record.history.at(-1)).toMatchObject({ by: 'cloud-run', reason: 'it took too long' });
    // It was not quite dead: what it writes is refused.
    const move = world.storeOf('one').move(claimed, 'waiting');
    await expect(world.clock.complete(move)).rejects.toThrow(ClaimLostError);
    await world.claim('two');
    expect(statesOf(await world.record())).toEqual([
      ...['announced', 'preparing', 'timed-out', 'preparing'],
    ]);
    expect(await world.record()).not.toHaveProperty('retriable');
  });

  it('is left alone where another worker has it, or it is over', async () => {
    await world.claim('one');
    const store = world.storeOf('cloud-run');
    await world.clock.complete(store.abandoned(visit, 'other', 'failed', 'died'));
    expect((await world.record()).state).toBe('preparing');
    await world.clock.complete(store.abandoned({ ...visit, detector: 5 }, 'one', 'failed', 'x'));
    expect(await world.clock.complete(world.database.allDocs())).toHaveLength(1);
  });
});

describe('a claim', () => {
  /** A worker, or keeper, of a machine whose clock is wrong by so much. */
  const storeWith = (worker: string, wrong_ms: number) =>
    new VisitStore({
      ...{ database: world.database, worker, lease_ms: LEASE_MS },
      clock: clockWith(wrong_ms),
    });
  const clockWith = (wrong_ms: number): Clock => {
    const { clock } = world;
    return Object.assign(Object.create(clock), { now: () => clock.now() + wrong_ms }) as Clock;
  };
  const HOUR_MS = 3_600_000;

  it.each([-HOUR_MS, 0, HOUR_MS])(
    'is judged by one clock, not by two (%d ms)',
    async (wrong_ms) => {
      const claimed = await world.claim('one');
      const other = storeWith('two', wrong_ms);
      const claiming = other.claim(visit);
      await world.clock.runFor(LEASE_MS / 2);
      await world.clock.complete(world.storeOf('one').prolong(claimed));
      expect((await world.clock.complete(claiming)).kind).toBe('busy');
      // Nothing is heard of the first one any more.
      expect((await world.clock.complete(other.claim(visit))).kind).toBe('claimed');
      const confirm = world.storeOf('one').confirm(claimed);
      await expect(world.clock.complete(confirm)).rejects.toThrow(ClaimLostError);
    },
  );

  it('keeps what is alive from the keeper, whatever its clock says', async () => {
    const claimed = await world.claim('one');
    const removed: string[] = [];
    const keeper = new VisitKeeper({
      ...{ clock: clockWith(HOUR_MS), log: world.log, database: world.database },
      ...{ instrument: 'LSSTComCam', giveUp_s: 660 },
      deleteSubscription: async (name) => void removed.push(name),
    });
    for (let at_ms = 0; at_ms < 3 * LEASE_MS; at_ms += 5000) {
      await world.clock.complete(keeper.sweep());
      await world.clock.runFor(5000);
      await world.clock.complete(world.storeOf('one').prolong(claimed));
    }
    expect((await world.record()).state).toBe('preparing');
  });
});

describe('the keeper', () => {
  it('gives up what was announced and reached no worker', async () => {
    await world.clock.complete(world.storeOf('cloud-run').announce(visit));
    await world.clock.complete(world.storeOf('cloud-run').announce(visit));
    expect(await world.record()).toMatchObject({ state: 'announced', open: true, claims: 0 });
    await world.clock.runFor(661_000);
    await world.clock.complete(keeperOf([]).sweep());
    expect(statesOf(await world.record())).toEqual(['announced', 'timed-out']);
    expect(await world.record()).not.toHaveProperty('open');
  });

  it('gives up what nobody took up again, and removes its subscription', async () => {
    const claimed = await world.claim('one');
    const store = world.storeOf('one');
    await world.clock.complete(store.note(claimed, () => ({ subscription: 'w-1' })));
    const removed: string[] = [];
    const keeper = keeperOf(removed);
    const sweep = () => world.clock.complete(keeper.sweep());
    await sweep();
    await world.clock.runFor(LEASE_MS + 1000);
    await sweep();
    // It may be delivered again: whoever gets it goes on.
    expect((await world.record()).state).toBe('preparing');
    expect(removed).toEqual([]);
    await world.clock.runFor(660_000);
    await world.clock.complete(keeperOf([], { instrument: 'LATISS' }).sweep());
    expect((await world.record()).state).toBe('preparing');
    await sweep();
    const record = await world.record();
    expect(record).toMatchObject({ state: 'timed-out', retriable: false });
    expect(record.history.at(-1)?.reason).toContain('left in state preparing');
    expect(record).not.toHaveProperty('open');
    expect(record.subscription).toBeUndefined();
    expect(removed).toEqual(['w-1']);
    expect((await world.clock.complete(world.storeOf('two').claim(visit))).kind).toBe('over');
  });

  it('gives up a failure that was not delivered again', async () => {
    const claimed = await world.claim('one');
    const more = { reason: 'no calibrations', retriable: true };
    await world.clock.complete(world.storeOf('one').move(claimed, 'failed', more));
    await world.clock.runFor(661_000);
    await world.clock.complete(keeperOf([]).sweep());
    expect(statesOf(await world.record()).slice(-2)).toEqual(['failed', 'timed-out']);
  });

  it('removes a subscription that its worker could not, and forgets the visit then', async () => {
    const claimed = await world.claim('one');
    const store = world.storeOf('one');
    const more = { reason: 'no image', subscription: 'w-2' };
    await world.clock.complete(store.move(claimed, 'waiting'));
    await world.clock.complete(store.move(claimed, 'no-data', more));
    const removed: string[] = [];
    await world.clock.complete(keeperOf(removed).sweep());
    await world.clock.complete(keeperOf(removed).sweep());
    expect(removed).toEqual(['w-2']);
    expect(await world.record()).not.toHaveProperty('open');
    expect(statesOf(await world.record()).at(-1)).toBe('no-data');
  });
});

describe('an image', () => {
  const refused: string[] = [];
  const tell = (snap: number) => {
    const stored = new Date(world.clock.now()).toISOString();
    const ports = {
      ...{ clock: world.clock, log: world.log, database: world.database, giveUp_s: 660 },
      refuse: async (id: string) => void refused.push(id),
    };
    return (event = { object: object(snap), stored }) =>
      world.clock.complete(recordIfLate(ports, event));
  };

  it('is no news while its worker waits, and late when it does not', async () => {
    const claimed = await world.claim('one');
    const store = world.storeOf('one');
    const ask = tell(1);
    expect(await ask()).toBe(false);
    await world.clock.complete(store.move(claimed, 'waiting'));
    expect(await ask()).toBe(false);
    const time = new Date(world.clock.now()).toISOString();
    const snap = { snap: 0, exposureId: 'e0', object: object(0), stored: time, arrived: time };
    await world.clock.complete(store.note(claimed, () => ({ snaps: [snap] })));
    expect(await tell(0)()).toBe(true);
    await world.clock.complete(store.move(claimed, 'processing'));
    expect(await ask()).toBe(true);
    // Told twice, recorded once.
    expect(await ask()).toBe(true);
    await world.clock.complete(store.move(claimed, 'partial'));
    const { snaps } = await world.record();
    expect(snaps).toMatchObject([{ snap: 0 }, { snap: 1, exposureId: 'e1', late: true }]);
    expect(snaps[0]).not.toHaveProperty('late');
  });

  it('of a visit that was never announced is kept for a person to see', async () => {
    const ask = tell(0);
    expect(await ask()).toBe(false);
    await world.clock.runFor(661_000);
    expect(await ask()).toBe(true);
    expect(refused).toEqual([`image_${object(0)}`]);
    expect(await world.clock.complete(world.database.allDocs())).toEqual([]);
  });

  it.each(['LATISS/notes.txt', '_design/0/x/0/e/r/a.fz', 'LATISS/0/../0/e/r/a.fz', ''])(
    'that is none does not matter: %o',
    async (name) => {
      const stored = new Date(0).toISOString();
      expect(await tell(0)({ object: name, stored })).toBe(true);
    },
  );
});

it('ids of visits never meet', () => {
  const ids = [visit, { ...visit, detector: 5 }, { ...visit, group: 'a' }].map(visitId);
  expect(new Set(ids).size).toBe(3);
});
