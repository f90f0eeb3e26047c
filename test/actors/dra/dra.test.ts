// The DRA tool with a person, with the robot, with a rival, and after it died.

import { describe, expect, test } from 'vitest';
import { createDra, type DraOptions } from '../../../mockup/actors/dra/dra.ts';
import { assignmentCause } from '../../../mockup/actors/dra/waiting-ous.ts';
import { databaseNames } from '../../../mockup/core/databases.ts';
import type { Executive } from '../../../mockup/core/executives.ts';
import { documentId } from '../../../mockup/core/identifiers.ts';
import { enteredAt } from '../../../mockup/core/ous/reading.ts';
import type { ListItem } from '../../../mockup/platform/console/operator-console.ts';
import { type OperatorScript, WAIT } from '../../../mockup/simulator/console/scripted-console.ts';
import type { ActorStart, WorldOptions } from '../../../mockup/simulator/world/world.ts';
import {
  createJaoWorld,
  type JaoWorld,
  PROG_ID,
  pythonOus,
  startXtss,
  UID,
} from '../jao-world.ts';

const recipe = 'PipelineImaging';
const uid = (n: number) => `uid://X1/X1/X${n}`;

const dra = (options: DraOptions, script?: OperatorScript): ActorStart<DraOptions> => ({
  ...{ site: 'JAO', name: 'dra', factory: createDra, options },
  ...(script && { script }),
});
const robot = (...assignTo: Executive[]) => dra({ auto: true, assignTo });

const jobs = (world: JaoWorld, location = 'EU') =>
  world.messages(`pipeline.process.${location}`).map(({ body }) => body);
const jobCount = (world: JaoWorld) =>
  ['EA', 'EU', 'NA', 'JAO'].flatMap((location) => jobs(world, location)).length;

async function start(count = 1, options: Partial<WorldOptions> = {}): Promise<JaoWorld> {
  const world = await createJaoWorld(options);
  for (let n = 0; n < count; n++) {
    const entityId = count === 1 ? UID : uid(n);
    await world.put('status-entities', pythonOus({ entityId, substate: recipe }));
  }
  startXtss(world);
  return world;
}

describe('a person', () => {
  /** Answers in turn, whatever is shown. */
  const answers = (...texts: (string | undefined)[]): OperatorScript & { seen: ListItem[][] } => {
    const seen: ListItem[][] = [];
    return {
      seen,
      choose: (_, items) => {
        seen.push(items);
        return texts.shift();
      },
    };
  };

  test('chooses from the list: Processing, executive and job', async () => {
    const world = await start();
    const script = answers(UID, undefined);
    expect(await world.run(dra({ assignTo: ['EU'] }, script))).toEqual({
      exitCode: 0,
      signal: null,
    });
    expect(script.seen[0]).toEqual([{ value: UID, description: `${PROG_ID} ${recipe}` }]);
    const ous = world.ous();
    expect(ous).toMatchObject({ state: 'Processing', flags: { PL_PROCESSING_EXECUTIVE: 'EU' } });
    const since = ous && enteredAt(ous);
    const assignment = documentId(`${UID}.${since}`);
    expect(jobs(world)).toEqual([{ ousUID: UID, recipe, progID: PROG_ID, since, assignment }]);
    expect(world.messages('pipeline.process.EU')[0]?.creationTimestamp).toBe(since);
  });

  test('says where it goes, once per OUS, if no location was given', async () => {
    const world = await start();
    const script = answers(UID, 'nowhere', 'na', undefined);
    await world.run(dra({}, script));
    expect(script.seen[1]?.map(({ value }) => value)).toEqual(['EA', 'EU', 'JAO', 'NA']);
    expect(jobs(world, 'NA')).toHaveLength(1);
    expect(world.ous()?.flags).toEqual({ PL_PROCESSING_EXECUTIVE: 'NA' });
  });

  test('sees new OUSs appear in an empty list, and assigned ones leave it', async () => {
    const world = await createJaoWorld();
    startXtss(world);
    const seen: string[][] = [];
    const choose = (_: string, items: ListItem[]): string => {
      seen.push(items.map(({ value }) => value));
      return items[0]?.value ?? WAIT;
    };
    const actor = world.startActor(dra({ assignTo: ['EU'] }, { choose }));
    await world.clock.runFor(60_000);
    expect(seen).toEqual([[]]);
    for (const n of [1, 2]) {
      await world.put('status-entities', pythonOus({ entityId: uid(n), substate: recipe }));
      await world.runUntil(() => jobs(world).length === n);
    }
    await world.clock.runFor(60_000);
    expect(seen.at(-1)).toEqual([]);
    expect(actor.restarts).toBe(0);
    await world.stop();
  });

  test('is told why an OUS can not be had, and goes on', async () => {
    const world = await start();
    const others = [
      pythonOus({ entityId: uid(1), state: 'Reviewing' }),
      pythonOus({ entityId: uid(2), substate: 'ManualImaging' }),
      pythonOus({ entityId: uid(3) }),
    ];
    for (const ous of others) await world.put('status-entities', ous);
    const script = answers('rubbish', '', uid(1), uid(2), uid(3), uid(9), ` ${UID} `, undefined);
    const printed: string[] = [];
    const factory: typeof createDra = (ports, options) =>
      createDra(
        { ...ports, console: { ...ports.console, print: (text) => void printed.push(text) } },
        options,
      );
    await world.run({ ...dra({ assignTo: ['EU'] }, script), factory });
    expect(printed).toEqual([
      expect.stringContaining('not an OUS UID: "rubbish"'),
      `${uid(1)} does not wait for the Pipeline: it is Reviewing, no recipe`,
      `${uid(2)} does not wait for the Pipeline: it is ReadyForProcessing, ManualImaging`,
      `${uid(3)} does not wait for the Pipeline: it is ReadyForProcessing, no recipe`,
      `there is no OUS ${uid(9)}`,
      `${UID} goes to EU`,
    ]);
    // What is not in the list shows only what waits for the Pipeline.
    expect(script.seen[0]).toHaveLength(1);
    expect(jobCount(world)).toBe(1);
  });

  test('is told when XTSS does not answer; what was given up is not carried out afterwards', async () => {
    const world = await createJaoWorld();
    await world.put('status-entities', pythonOus({ substate: recipe }));
    const texts = [UID];
    const choose = () => texts.shift() ?? WAIT;
    world.startActor(dra({ assignTo: ['EU'] }, { choose }));
    await world.clock.runFor(40_000);
    expect(jobCount(world)).toBe(0);
    startXtss(world);
    await world.clock.runFor(40_000);
    expect(jobCount(world)).toBe(0);
    expect(world.ous()).toMatchObject({ state: 'ReadyForProcessing' });
  });

  test('stops at once with an open question', async () => {
    const world = await start();
    world.startActor(dra({ assignTo: ['EU'] }));
    await world.clock.runFor(5000);
    await world.stop();
    expect(jobCount(world)).toBe(0);
  });
});

describe('the robot', () => {
  test('takes one OUS after the other, and spreads them', async () => {
    const world = await start(9);
    world.startActor(robot('EU', 'NA', 'EA'));
    await world.runUntil(() => jobCount(world) === 9);
    for (const location of ['EU', 'NA', 'EA']) expect(jobs(world, location)).toHaveLength(3);
    const assignedAt = Array.from({ length: 9 }, (_, n) => world.ous(uid(n))?.timestamp ?? '');
    const seconds = (Date.parse(assignedAt.at(-1) ?? '') - Date.parse(assignedAt[0] ?? '')) / 1000;
    expect(seconds).toBeGreaterThan(8);
    expect(seconds).toBeLessThan(28);
  });

  test('prefers the executive that has less in flight', async () => {
    const world = await start(2, { pace: 0 });
    for (const n of [5, 6, 7]) {
      const flags = { PL_PROCESSING_EXECUTIVE: 'EU' as const };
      const busy = { entityId: uid(n), substate: recipe, state: 'Processing' as const, flags };
      await world.put('status-entities', pythonOus(busy));
    }
    world.startActor(robot('EU', 'NA'));
    await world.runUntil(() => jobCount(world) === 2);
    expect(jobs(world, 'NA')).toHaveLength(2);
  });

  test('leaves manual recipes alone, and takes its own site by default', async () => {
    const world = await start();
    const manual = { entityId: uid(1), substate: 'ManualImaging' };
    await world.put('status-entities', pythonOus(manual));
    world.startActor(dra({ auto: true }));
    await world.runUntil(() => jobs(world, 'JAO').length === 1);
    await world.clock.runFor(60_000);
    expect(world.ous(uid(1))?._rev).toMatch(/^1-/);
  });

  test('assigns an OUS that comes back for another run', async () => {
    const world = await start(1, { pace: 0 });
    world.startActor(robot('EU'));
    await world.runUntil(() => jobs(world).length === 1);
    await world.ask({ operation: 'set-state', ousUID: UID, value: 'ProcessingProblem' });
    await world.ask({ operation: 'set-state', ousUID: UID, value: 'ReadyForProcessing' });
    await world.runUntil(() => jobs(world).length === 2);
  });
});

describe('two tools at once', () => {
  test.each<[Executive, Executive]>([
    ['EU', 'EU'],
    ['EU', 'NA'],
  ])('at %s and %s make one job of each OUS', async (one, other) => {
    const world = await start(6, { pace: 0 });
    world.startActor(robot(one));
    world.startActor(robot(other));
    await world.runUntil(() => jobCount(world) === 6);
    await world.clock.runFor(60_000);
    expect(jobCount(world)).toBe(6);
    for (let n = 0; n < 6; n++) {
      const ous = world.ous(uid(n));
      const location = ous?.flags.PL_PROCESSING_EXECUTIVE ?? '';
      expect(jobs(world, location)).toContainEqual(expect.objectContaining({ ousUID: uid(n) }));
      expect(world.states(uid(n)).filter((state) => state === 'Processing')).toHaveLength(2);
    }
  });
});

describe('after a death', () => {
  /** An OUS in Processing as an assignment to NA leaves it after its first step. */
  async function halfAssigned(by = 'dra@JAO'): Promise<JaoWorld> {
    const world = await start();
    const cause = assignmentCause('NA', '2026-01-04T12:00:00.000');
    await world.ask({ operation: 'set-state', ousUID: UID, value: 'Processing', cause });
    const ous = world.ous();
    const history = ous?.history?.map((entry) => ({ ...entry, by }));
    await world.put('status-entities', { ...ous, history });
    return world;
  }

  test('an OUS without a job is given its job, once', async () => {
    const world = await halfAssigned();
    for (let starts = 0; starts < 3; starts++) {
      const actor = world.startActor(starts === 0 ? dra({}) : robot('EU'));
      await world.clock.runFor(30_000);
      await world.clock.complete(actor.stop());
    }
    expect(jobCount(world)).toBe(1);
    expect(jobs(world, 'NA')).toHaveLength(1);
    expect(world.ous()?.flags).toEqual({ PL_PROCESSING_EXECUTIVE: 'NA' });
  });

  test('a job that was done and removed is not sent again', async () => {
    const world = await halfAssigned();
    const first = world.startActor(robot('EU'));
    await world.runUntil(() => jobs(world, 'NA').length === 1);
    await world.clock.complete(first.stop());
    const [{ _id, _rev } = { _id: '' }] = world.messages('pipeline.process.NA');
    await world.put(databaseNames.messages, { _id, _rev, _deleted: true });
    world.startActor(robot('EU'));
    await world.clock.runFor(60_000);
    expect(jobCount(world)).toBe(0);
  });

  test('what other programs and other sites assigned is theirs', async () => {
    const world = await halfAssigned('dra@EU');
    await world.put(
      'status-entities',
      pythonOus({ entityId: uid(1), substate: recipe, state: 'Processing' }),
    );
    world.startActor(robot('EU'));
    await world.clock.runFor(60_000);
    expect(jobCount(world)).toBe(0);
  });

  test('at any of its port calls one job is sent', async () => {
    const run = async (options: Partial<WorldOptions> = {}): Promise<JaoWorld> => {
      const world = await start(1, options);
      world.startActor(robot('EU', 'NA'));
      await world.runUntil(() => jobCount(world) === 1);
      await world.clock.runFor(60_000);
      expect(jobCount(world)).toBe(1);
      const location = world.ous()?.flags.PL_PROCESSING_EXECUTIVE ?? '';
      expect(jobs(world, location)).toHaveLength(1);
      expect(world.states()).toEqual(['Processing', 'Processing']);
      return world;
    };
    const calls = (await run()).actors[1]?.process.gate.calls ?? [];
    expect(calls.length).toBeGreaterThan(8);
    for (const moment of ['before', 'after'] as const) {
      for (const index of calls.keys()) {
        const crash = { process: 'dra', site: 'JAO', call: index + 1, moment } as const;
        const world = await run({ crash });
        expect(world.actors[1]?.restarts).toBe(1);
      }
    }
  });
});
