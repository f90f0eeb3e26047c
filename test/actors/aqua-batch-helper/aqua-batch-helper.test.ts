// The batch helper: each OUS that waits without a recipe gets one, once.

import { expect, test } from 'vitest';
import {
  createAquaBatchHelper,
  randomRecipe,
} from '../../../mockup/actors/aqua-batch-helper/aqua-batch-helper.ts';
import { createLauncher } from '../../../mockup/actors/launcher/launcher.ts';
import { isPipelineRecipe, isRecipe } from '../../../mockup/core/ous/recipes.ts';
import { createSeededRandom } from '../../../mockup/platform/random/seeded-random.ts';
import type { WorldOptions } from '../../../mockup/simulator/world/world.ts';
import {
  createJaoWorld,
  type JaoWorld,
  PROG_ID,
  pythonOus,
  startXtss,
  UID,
} from '../jao-world.ts';

const helper = {
  site: 'JAO',
  name: 'aqua-batch-helper',
  factory: createAquaBatchHelper,
  options: undefined,
} as const;

const launch = (world: JaoWorld, ousUid = UID, recipe?: string) =>
  world.run({
    ...{ site: 'JAO', name: 'launcher', factory: createLauncher },
    options: { progId: PROG_ID, ousUid, recipe },
  });

const hasRecipe = (world: JaoWorld, ousUid = UID) => isRecipe(world.ous(ousUid)?.substate);

async function start(options: Partial<WorldOptions> = {}): Promise<JaoWorld> {
  const world = await createJaoWorld(options);
  startXtss(world);
  world.startActor(helper);
  return world;
}

test('four of five recipes are for the Pipeline', () => {
  const random = createSeededRandom('recipes');
  const drawn = Array.from({ length: 2000 }, () => randomRecipe(random));
  const share = drawn.filter(isPipelineRecipe).length / drawn.length;
  expect(share).toBeGreaterThan(0.75);
  expect(share).toBeLessThan(0.85);
  expect(new Set(drawn).size).toBe(10);
});

test('OUSs that wait already and those launched later get a recipe', async () => {
  const world = await createJaoWorld();
  await launch(world);
  await world.put('status-entities', pythonOus({ entityId: 'uid://X1/X2', substate: '' }));
  startXtss(world);
  world.startActor(helper);
  await world.runUntil(() => hasRecipe(world) && hasRecipe(world, 'uid://X1/X2'));
  await launch(world, 'uid://X1/X3');
  await world.runUntil(() => hasRecipe(world, 'uid://X1/X3'));
  expect(world.ous()?.history?.at(-1)).toMatchObject({ by: 'aqua-batch-helper@JAO' });
  await world.stop();
});

test('an OUS launched again gets a recipe again', async () => {
  const world = await start();
  for (let times = 1; times <= 3; times++) {
    await launch(world);
    await world.runUntil(() => hasRecipe(world));
  }
  expect(world.ous()?.history).toHaveLength(6);
});

test('an OUS with a recipe, or in another state, keeps what it has', async () => {
  const world = await start();
  await world.put('status-entities', pythonOus({ entityId: 'uid://X1/X2', state: 'Reviewing' }));
  await launch(world, 'uid://X1/X3', 'ManualImaging');
  await launch(world);
  await world.runUntil(() => hasRecipe(world));
  await world.clock.runFor(60_000);
  expect(world.ous('uid://X1/X2')?._rev).toMatch(/^1-/);
  expect(world.ous('uid://X1/X3')?._rev).toMatch(/^1-/);
});

test('waits for XTSS, and helps when it comes', async () => {
  const world = await createJaoWorld();
  world.startActor(helper);
  await launch(world);
  await world.clock.runFor(20 * 60_000);
  expect(world.ous()?.substate).toBeNull();
  startXtss(world);
  await world.runUntil(() => hasRecipe(world));
  await world.clock.runFor(10 * 60_000);
  expect(world.ous()?.history).toHaveLength(2);
  expect(world.actors[0]?.restarts).toBe(0);
});

test('killed at any of its port calls it has given one recipe', async () => {
  const run = async (options: Partial<WorldOptions> = {}): Promise<JaoWorld> => {
    const world = await start(options);
    await launch(world);
    await world.runUntil(() => hasRecipe(world));
    await world.clock.runFor(30_000);
    expect(world.ous()?.history).toHaveLength(2);
    return world;
  };
  const calls = (await run()).actors[1]?.process.gate.calls ?? [];
  expect(calls.length).toBeGreaterThan(5);
  for (const moment of ['before', 'after'] as const) {
    for (const index of calls.keys()) {
      const crash = { process: helper.name, site: 'JAO', call: index + 1, moment } as const;
      await run({ crash });
    }
  }
});
