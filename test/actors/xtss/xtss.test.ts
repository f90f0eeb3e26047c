// XTSS as its clients see it: a number for each request, and one history entry for each change.

import { describe, expect, test } from 'vitest';
import type { HistoryEntry, OusDocument } from '../../../mockup/core/ous/ous.ts';
import { requestChange, XtssError } from '../../../mockup/platform/xtss/xtss-client.ts';
import {
  createJaoWorld,
  type JaoWorld,
  PROG_ID,
  pythonOus,
  startXtss,
  UID,
} from '../jao-world.ts';

async function start(ous: Partial<OusDocument> = {}): Promise<JaoWorld> {
  const world = await createJaoWorld();
  await world.put('status-entities', pythonOus(ous));
  startXtss(world);
  return world;
}

const toProcessing = { operation: 'set-state', ousUID: UID, value: 'Processing' };

describe('a change', () => {
  test('is written with who asked for it, when, and why', async () => {
    const world = await start({ substate: 'PipelineImaging' });
    expect(await world.ask({ ...toProcessing, reason: 'it is time', cause: 'step 1' })).toBe(201);
    const ous = world.ous();
    expect(ous).toMatchObject({
      state: 'Processing',
      substate: 'PipelineImaging',
      progID: PROG_ID,
    });
    const entry: HistoryEntry = {
      timestamp: ous?.timestamp ?? '',
      state: 'Processing',
      substate: 'PipelineImaging',
      executive: null,
      by: 'client@JAO',
      cause: 'step 1',
      reason: 'it is time',
    };
    expect(ous?.history).toEqual([entry]);
    expect(entry.timestamp).toMatch(/^2026-01-05T00:00:/);
  });

  test('of substate and executive', async () => {
    const world = await start();
    const ask = (operation: string, value?: unknown) =>
      world.ask({ operation, ousUID: UID, ...(value !== undefined && { value }) });
    expect(await ask('set-substate', 'ManualImaging')).toBe(201);
    expect(await ask('set-exec', 'EU')).toBe(201);
    expect(world.ous()).toMatchObject({
      substate: 'ManualImaging',
      flags: { PL_PROCESSING_EXECUTIVE: 'EU' },
    });
    expect(await ask('clear-exec')).toBe(201);
    expect(await ask('set-substate', '')).toBe(201);
    expect(world.ous()).toMatchObject({ substate: '', flags: {} });
    expect(world.ous()?.history).toHaveLength(4);
  });

  test('repeated with its cause is done once', async () => {
    const world = await start();
    for (const cause of ['a', 'a']) {
      expect(await world.ask({ ...toProcessing, cause })).toBe(201);
    }
    expect(world.states()).toEqual(['Processing']);
    expect(await world.ask({ ...toProcessing, cause: 'b' })).toBe(409);
  });

  test('repeated with its cause is done even after the OUS has moved on', async () => {
    const world = await start();
    await world.ask({ ...toProcessing, cause: 'a' });
    await world.ask({ ...toProcessing, value: 'ProcessingProblem' });
    expect(await world.ask({ ...toProcessing, cause: 'a', since: world.ous()?.timestamp })).toBe(
      201,
    );
    expect(world.states()).toEqual(['Processing', 'ProcessingProblem']);
  });

  test('for an earlier stay in the state is refused', async () => {
    const world = await start();
    await world.ask(toProcessing);
    const since = world.ous()?.timestamp;
    const back = { ...toProcessing, value: 'ReadyForProcessing' };
    expect(await world.ask(back)).toBe(201);
    expect(await world.ask(toProcessing)).toBe(201);
    expect(await world.ask({ ...back, since })).toBe(409);
    expect(await world.ask({ ...back, since: world.ous()?.timestamp })).toBe(201);
  });

  test('of a document of the Python mockup knows its state by its last change', async () => {
    const world = await start();
    expect(await world.ask({ ...toProcessing, since: '2026-01-04T11:00:00.000' })).toBe(409);
    expect(await world.ask({ ...toProcessing, since: '2026-01-04T12:00:00.000' })).toBe(201);
  });

  test('never has the time of an earlier one, whatever the clock says', async () => {
    const world = await start({ timestamp: '2031-01-01T00:00:00.000' });
    await world.ask(toProcessing);
    await world.ask({ ...toProcessing, value: 'ReadyForReview' });
    expect(world.ous()?.history?.map(({ timestamp }) => timestamp)).toEqual([
      '2031-01-01T00:00:00.001',
      '2031-01-01T00:00:00.002',
    ]);
  });

  test('of many clients at once is never lost', async () => {
    const world = await start({ substate: 'PipelineImaging' });
    await world.as('client', (ports) =>
      Promise.all(
        Array.from({ length: 40 }, (_, n) =>
          ports.bus.call('xtss', {
            operation: 'set-exec',
            ousUID: UID,
            value: n % 2 ? 'EU' : 'NA',
            cause: `${n}`,
          }),
        ),
      ),
    );
    const entries = world.ous()?.history ?? [];
    for (const [place, entry] of entries.entries()) {
      expect(entry.executive).not.toBe(entries[place - 1]?.executive);
    }
    expect(entries.length).toBeGreaterThan(1);
    expect(world.ous()?._rev?.split('-')[0]).toBe(`${entries.length + 1}`);
  });
});

describe('refusals', () => {
  const bad: [string, unknown, number][] = [
    ['no body', null, 400],
    ['a text', 'set-state', 400],
    ['no operation', { ousUID: UID, value: 'Processing' }, 400],
    ['an unknown operation', { operation: 'drop', ousUID: UID }, 400],
    ['no UID', { operation: 'set-state', value: 'Processing' }, 400],
    ['a bad UID', { ...toProcessing, ousUID: '../../etc' }, 400],
    ['an unknown state', { ...toProcessing, value: 'Lost' }, 400],
    ['a state that is no text', { ...toProcessing, value: 7 }, 400],
    ['an unknown substate', { operation: 'set-substate', ousUID: UID, value: 'Fast' }, 400],
    ['an unknown executive', { operation: 'set-exec', ousUID: UID, value: 'XX' }, 400],
    ['a bad time', { ...toProcessing, since: 'today' }, 400],
    ['an unknown OUS', { ...toProcessing, ousUID: 'uid://X9/X9' }, 404],
    ['a transition that is not allowed', { ...toProcessing, value: 'Delivered' }, 409],
    [
      'a substate of another state',
      { operation: 'set-substate', ousUID: UID, value: 'ProductsIngested' },
      409,
    ],
  ];

  test.each(bad)('%s', async (_, body, status) => {
    const world = await start();
    expect(await world.ask(body)).toBe(status);
    expect(world.ous()).toMatchObject(pythonOus());
    expect(await world.ask(toProcessing)).toBe(201);
  });

  test('a document that is no OUS is unknown', async () => {
    const world = await createJaoWorld();
    await world.put('status-entities', { _id: pythonOus()._id, state: 7 });
    startXtss(world);
    expect(await world.ask(toProcessing)).toBe(404);
  });

  test('reach a client as values, and a bad request as an error', async () => {
    const world = await start();
    const request = (value: string) =>
      world.as('client', (ports) =>
        requestChange(ports, { operation: 'set-state', ousUID: UID, value: value as never }),
      );
    expect(await request('Delivered')).toEqual({ refused: 409 });
    expect(await request('Processing')).toBe('done');
    await expect(request('Lost')).rejects.toThrow(XtssError);
  });
});

describe('the list of OUSs', () => {
  const withSubstate = (n: number, substate: string | null, state = 'ReadyForProcessing') =>
    pythonOus({ entityId: `uid://X1/X${n}`, substate, state: state as never });

  async function startWithSome(): Promise<JaoWorld> {
    const world = await start({ state: 'Processing', substate: 'PipelineImaging' });
    const substates = ['PipelineImaging', 'PipelineCalibration', 'ManualImaging', '', null];
    for (const [n, substate] of substates.entries()) {
      await world.put('status-entities', withSubstate(n, substate));
    }
    return world;
  }
  const list = async (world: JaoWorld, substate: unknown, state = 'ReadyForProcessing') => {
    const request = { operation: 'get-ouss-by-state-substate', state, substate };
    const answer = await world.ask(request);
    return Array.isArray(answer) ? answer.map((ous) => (ous as OusDocument).substate) : answer;
  };

  test('by state and an expression for the substate', async () => {
    const world = await startWithSome();
    expect(await list(world, '^Pipeline.*')).toEqual(['PipelineImaging', 'PipelineCalibration']);
    expect(await list(world, 'Imaging$')).toEqual(['PipelineImaging', 'ManualImaging']);
    expect(await list(world, '^$')).toEqual(['', null]);
    expect(await list(world, '')).toHaveLength(5);
    expect(await list(world, undefined)).toHaveLength(5);
    expect(await list(world, '.*', 'Processing')).toEqual(['PipelineImaging']);
    expect(await list(world, '.*', 'Ready.*')).toEqual([]);
  });

  test('is refused where it does not fit into a message, and is told so', async () => {
    const world = await startWithSome();
    for (let n = 100; n < 180; n++) {
      await world.put('status-entities', withSubstate(n, `${n}${'x'.repeat(100_000)}`));
    }
    const request = { operation: 'get-ouss-by-state-substate', state: 'ReadyForProcessing' };
    expect(await world.ask(request)).toEqual({
      error: 'answer_too_large',
      reason: expect.stringMatching(/^more than \d\d OUSs are ReadyForProcessing: /),
    });
    expect(await list(world, '^Manual')).toEqual(['ManualImaging']);
  });

  test('has the fields of the wire format', async () => {
    const world = await start();
    const request = { operation: 'get-ouss-by-state-substate', state: 'ReadyForProcessing' };
    const [ous] = (await world.ask({ ...request, substate: '' })) as OusDocument[];
    expect(ous).toEqual({ ...pythonOus(), _rev: expect.any(String) });
  });

  test.each(['(', '[', '^([a-z]+)+X$', `(${'.*'.repeat(40)})*x`])(
    'is refused for the expression %j',
    async (expression) => {
      const world = await startWithSome();
      await world.put('status-entities', withSubstate(9, 'a'.repeat(80)));
      expect(await list(world, expression)).toBe(400);
      expect(await list(world, '^Manual')).toEqual(['ManualImaging']);
    },
  );
});

test('XTSS that is killed at any of its port calls has changed an OUS once, and answers', async () => {
  const run = async (crash?: object): Promise<JaoWorld> => {
    const world = await createJaoWorld(crash ? { crash: crash as never } : {});
    await world.put('status-entities', pythonOus());
    startXtss(world);
    const answers = await world.as('client', async (ports) => [
      await ports.bus.call('xtss', toProcessing),
      await ports.bus.call('xtss', { ...toProcessing, value: 'ReadyForReview' }),
    ]);
    await world.clock.runFor(30_000);
    expect(answers).toEqual([201, 201]);
    expect(world.states()).toEqual(['Processing', 'ReadyForReview']);
    return world;
  };
  const calls = (await run()).actors[0]?.process.gate.calls ?? [];
  expect(calls.length).toBeGreaterThan(8);
  for (const moment of ['before', 'after']) {
    for (const index of calls.keys()) {
      const world = await run({ process: 'xtss', site: 'JAO', call: index + 1, moment });
      expect(world.actors[0]?.restarts).toBe(1);
    }
  }
});
