// The robot at AQUA, and what AQUA completes after it died.

import { describe, expect, test } from 'vitest';
import { createAquaQa2 } from '../../../mockup/actors/aqua-qa2/aqua-qa2.ts';
import { drawVerdict } from '../../../mockup/actors/aqua-qa2/robot.ts';
import { databaseNames } from '../../../mockup/core/databases.ts';
import { InvalidInputError } from '../../../mockup/core/errors.ts';
import { INGEST_SELECTOR } from '../../../mockup/core/messages/selectors.ts';
import { createSeededRandom } from '../../../mockup/platform/random/seeded-random.ts';
import { WAIT } from '../../../mockup/simulator/console/scripted-console.ts';
import type { WorldOptions } from '../../../mockup/simulator/world/world.ts';
import { createJaoWorld, type JaoWorld, pythonOus, UID } from '../jao-world.ts';
import {
  aqua,
  ingests,
  inState,
  process,
  recipe,
  reports,
  robot,
  sendReport,
  setState,
  startReviewing,
} from './aqua-world.ts';

const delivered = ['Processing', 'ReadyForReview', 'Reviewing', 'Verified', 'DeliveryInProgress'];

describe('the robot', () => {
  test('reviews all that is ready and delivers what it passed', async () => {
    const uids = ['uid://X1/X1', 'uid://X1/X2', 'uid://X1/X3'];
    const world = await startReviewing(uids);
    world.startActor(robot());
    await world.runUntil(() => uids.every((uid) => inState(world, 'DeliveryInProgress', uid)));
    for (const uid of uids) expect(world.states(uid)).toEqual(delivered);
    expect(ingests(world)).toHaveLength(3);
    await world.clock.runFor(60_000);
    for (const uid of uids) expect(world.states(uid)).toEqual(delivered);
  });

  test('waits for the report of this run', async () => {
    const world = await startReviewing([]);
    await world.put('status-entities', pythonOus({ substate: recipe }));
    const since = await process(world);
    await sendReport(world, '2026-01-04T00:00:00.000');
    world.startActor(robot());
    await world.clock.runFor(10 * 60_000);
    expect(world.states()).toEqual(['Processing', 'ReadyForReview']);
    await sendReport(world, since);
    await world.runUntil(() => inState(world, 'DeliveryInProgress'));
    expect(ingests(world)).toEqual([expect.objectContaining({ timestamp: since })]);
  });

  test('fails an OUS, which can be processed and reviewed again', async () => {
    const world = await startReviewing();
    const failing = world.startActor(robot(0, 0, 1));
    await world.runUntil(() => inState(world, 'ReadyForProcessing'));
    await world.clock.complete(failing.stop());
    await sendReport(world, await process(world));
    world.startActor(robot(0, 1, 0));
    await world.runUntil(() => inState(world, 'DeliveryInProgress'));
    expect(reports(world)).toHaveLength(2);
    expect(ingests(world)).toHaveLength(1);
    const reasons = (world.ous()?.history ?? []).flatMap(({ reason }) => reason ?? []);
    expect(reasons).toEqual(['QA2 Fail', 'QA2 Semipass']);
  });

  test('leaves the reviews of people alone', async () => {
    const world = await startReviewing();
    const texts = [UID];
    const choose = () => texts.shift() ?? WAIT;
    world.startActor(aqua({}));
    await world.runUntil(() => reports(world).length === 1);
    world.startActor(aqua({}, { choose }));
    await world.runUntil(() => inState(world, 'Reviewing'));
    world.startActor(robot());
    await world.clock.runFor(10 * 60_000);
    expect(inState(world, 'Reviewing')).toBe(true);
  });

  test('two of them review each OUS once', async () => {
    const uids = Array.from({ length: 6 }, (_, n) => `uid://X1/X${n}`);
    const world = await startReviewing(uids, { pace: 0 });
    world.startActor(robot(1, 1, 0));
    world.startActor(robot(1, 1, 0));
    await world.runUntil(() => uids.every((uid) => inState(world, 'DeliveryInProgress', uid)));
    await world.clock.runFor(60_000);
    for (const uid of uids) expect(world.states(uid)).toEqual(delivered);
    expect(ingests(world)).toHaveLength(6);
  });

  test('gives verdicts by their shares', () => {
    const random = createSeededRandom('verdicts');
    const shares = { pass: 8, semipass: 1, fail: 1 };
    const drawn = Array.from({ length: 2000 }, () => drawVerdict(random, shares));
    const share = (verdict: string) =>
      drawn.filter((one) => one === verdict).length / drawn.length;
    expect(share('Pass')).toBeCloseTo(0.8, 1);
    expect(share('Semipass')).toBeCloseTo(0.1, 1);
    expect(share('Fail')).toBeCloseTo(0.1, 1);
    expect(drawVerdict(random, { pass: 0, semipass: 0, fail: 2 })).toBe('Fail');
  });

  test.each([
    { pass: 0, semipass: 0, fail: 0 },
    { pass: -1, semipass: 1, fail: 1 },
    { pass: Number.NaN, semipass: 1, fail: 1 },
  ])('refuses the shares %j', async (auto) => {
    const world = await createJaoWorld();
    const start = world.as('aqua-qa2', (ports) => createAquaQa2(ports, { auto }));
    await expect(start).rejects.toThrow(InvalidInputError);
  });
});

describe('after a death', () => {
  /** An OUS whose AQUA died when `condition` held. */
  async function orphaned(condition: (world: JaoWorld) => boolean): Promise<JaoWorld> {
    const world = await startReviewing();
    const dying = world.startActor(robot());
    await world.runUntil(() => condition(world));
    const stopped = dying.stop();
    dying.crash();
    await world.clock.complete(stopped);
    expect(inState(world, 'Verified')).toBe(true);
    return world;
  }

  test('a Verified OUS is delivered, once, also where a person sits', async () => {
    const world = await orphaned((now) => inState(now, 'Verified'));
    expect(ingests(world)).toEqual([]);
    for (const start of [aqua({}), robot()]) {
      const actor = world.startActor(start);
      await world.clock.runFor(60_000);
      await world.clock.complete(actor.stop());
    }
    expect(world.states()).toEqual(delivered);
    expect(ingests(world)).toHaveLength(1);
  });

  test('the ingestor is not told again of what it did long ago', async () => {
    const world = await orphaned((now) => ingests(now).length > 0);
    const [message] = world.messages(INGEST_SELECTOR);
    await world.put(databaseNames.messages, { ...message, _deleted: true });
    world.startActor(robot());
    await world.runUntil(() => inState(world, 'DeliveryInProgress'));
    await world.clock.runFor(60_000);
    expect(ingests(world)).toEqual([]);
  });

  test('what another program verified is its own to deliver', async () => {
    const world = await startReviewing();
    await setState(world, 'Reviewing');
    await setState(world, 'Verified');
    world.startActor(robot());
    await world.clock.runFor(5 * 60_000);
    expect(inState(world, 'Verified')).toBe(true);
    expect(ingests(world)).toEqual([]);
  });

  test('at any of its port calls the OUS is delivered once', async () => {
    const run = async (options: Partial<WorldOptions> = {}): Promise<JaoWorld> => {
      const world = await startReviewing([UID], options);
      world.startActor(robot(1, 1, 0));
      await world.runUntil(() => inState(world, 'DeliveryInProgress'));
      await world.clock.runFor(60_000);
      expect(world.states()).toEqual(delivered);
      expect(ingests(world)).toHaveLength(1);
      expect(reports(world)).toHaveLength(1);
      return world;
    };
    const calls = (await run()).actors[1]?.process.gate.calls ?? [];
    expect(calls.length).toBeGreaterThan(20);
    for (const moment of ['before', 'after'] as const) {
      for (const index of calls.keys()) {
        const crash = { process: 'aqua-qa2', site: 'JAO', call: index + 1, moment } as const;
        const world = await run({ crash });
        expect([index, moment, world.actors[1]?.restarts]).toEqual([index, moment, 1]);
      }
    }
  });
});
