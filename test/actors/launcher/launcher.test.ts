// The launcher: a new OUS, or one set back to the start with its history.

import { describe, expect, test } from 'vitest';
import { createLauncher, type LauncherOptions } from '../../../mockup/actors/launcher/launcher.ts';
import { InvalidInputError } from '../../../mockup/core/errors.ts';
import type { ActorPorts } from '../../../mockup/platform/actor/actor.ts';
import { createJaoWorld, type JaoWorld, PROG_ID, pythonOus, UID } from '../jao-world.ts';

const usual: LauncherOptions = { progId: PROG_ID, ousUid: UID };

function launch(world: JaoWorld, options: Partial<LauncherOptions> = {}) {
  return world.run({
    ...{ site: 'JAO', name: 'launcher', factory: createLauncher },
    options: { ...usual, ...options },
  });
}

test('creates an OUS', async () => {
  const world = await createJaoWorld();
  expect(await launch(world)).toEqual({ exitCode: 0, signal: null });
  expect(world.ous()).toMatchObject({
    _id: 'uid___X1_X1_Xb0',
    entityId: UID,
    progID: PROG_ID,
    state: 'ReadyForProcessing',
    substate: null,
    flags: {},
    history: [{ state: 'ReadyForProcessing', substate: null, by: 'launcher@JAO' }],
  });
  expect(world.ous()?.timestamp).toMatch(/^2026-01-05T00:00:00\.\d{3}$/);
});

test('sets an OUS in any state back, and keeps its history', async () => {
  const world = await createJaoWorld();
  await launch(world);
  const history = world.ous()?.history ?? [];
  const delivered = { ...world.ous(), state: 'Delivered', substate: '', flags: { X: 1 }, history };
  await world.put('status-entities', delivered);
  await launch(world, { progId: '2016.1.00001.S' });
  expect(world.ous()).toMatchObject({
    progID: '2016.1.00001.S',
    state: 'ReadyForProcessing',
    substate: null,
    flags: {},
  });
  expect(world.ous()?.flags).toEqual({});
  expect(world.ous()?.history?.[0]).toEqual(history[0]);
  expect(world.states()).toEqual(['ReadyForProcessing', 'Delivered', 'ReadyForProcessing']);
});

test('takes over an OUS of the Python mockup, and a document that is no OUS', async () => {
  const world = await createJaoWorld();
  const other = 'uid://X1/X2';
  await world.put('status-entities', pythonOus({ state: 'Reviewing' }));
  await world.put('status-entities', { _id: 'uid___X1_X2', state: { bad: true } });
  await launch(world);
  await launch(world, { ousUid: other });
  expect(world.states()).toEqual(['ReadyForProcessing']);
  expect(world.ous(other)).toMatchObject({ entityId: other, state: 'ReadyForProcessing' });
});

test('writes a recipe together with the launch, and no executive', async () => {
  const world = await createJaoWorld();
  await launch(world, { recipe: 'PipelineCalibration', executive: 'EU' });
  const ous = world.ous();
  expect(ous).toMatchObject({ substate: 'PipelineCalibration', flags: {} });
  expect(ous?.history?.map(({ substate }) => substate)).toEqual([null, 'PipelineCalibration']);
  expect(ous?._rev).toMatch(/^1-/);
});

test('repeated with its cause changes nothing, without one it launches again', async () => {
  const world = await createJaoWorld();
  for (const cause of ['demo', 'demo']) await launch(world, { cause, recipe: 'ManualImaging' });
  expect(world.ous()?._rev).toMatch(/^1-/);
  await launch(world);
  expect(world.ous()?._rev).toMatch(/^2-/);
});

describe('refuses', () => {
  const bad: [string, Partial<LauncherOptions>, RegExp][] = [
    ['a UID', { ousUid: 'X1' }, /not an OUS UID: "X1"/],
    ['a project code', { progId: '../x' }, /not a project code/],
    ['a recipe', { recipe: 'Fast' }, /not a recipe: "Fast"/],
    ['an executive', { executive: 'XX' }, /not an executive: "XX"/],
  ];
  test.each(bad)('%s', async (_, options, message) => {
    const world = await createJaoWorld();
    const start = (ports: ActorPorts) => createLauncher(ports, { ...usual, ...options });
    await expect(world.as('launcher', start)).rejects.toThrow(message);
    await expect(world.as('launcher', start)).rejects.toThrow(InvalidInputError);
    expect(world.documents('status-entities').filter((doc) => 'state' in (doc as object))).toEqual(
      [],
    );
  });
});
