import { beforeEach, describe, expect, it } from 'vitest';
import {
  createTorqueMaui,
  type TorqueMauiOptions,
} from '../../../mockup/actors/torque-maui/torque-maui.ts';
import type { OusDocument } from '../../../mockup/core/ous/ous.ts';
import { productsDirectoryName, weblogName } from '../../../mockup/core/products/product-names.ts';
import {
  type DriverArguments,
  readDriverArguments,
} from '../../../mockup/core/programs/program-arguments.ts';
import type { ProgramExit } from '../../../mockup/platform/process/programs.ts';
import { endedWell, Line, ousUid, type ProcessOptions, progId } from '../helpers/line.ts';

const since = '2026-01-05T00:00:00.000';
const selector = 'pipeline.process.EU';
const job = {
  ousUID: ousUid,
  progID: progId,
  recipe: 'PipelineImaging',
  since,
  assignment: 'one',
};

let line: Line;
let runs: DriverArguments[];
let exits: ProgramExit[];

beforeEach(async () => {
  line = await Line.start();
  await line.putOus({});
  runs = [];
  exits = [];
  line.programs.set('pipeline-driver', async (args, signal, _run, env) => {
    runs.push(readDriverArguments(args, env));
    await line.clock.sleep(5000, signal);
    return exits.shift() ?? endedWell;
  });
});

async function start(options: Partial<TorqueMauiOptions> = {}, more: ProcessOptions = {}) {
  const process = line.process('torque-maui', more);
  const torque = await line.run(
    createTorqueMaui(process.ports, {
      runsDirectory: '/runs',
      cacheDirectory: '/cache/EU',
      ...options,
    }),
  );
  return { process, torque };
}

const send = (body: object) => line.run(line.process('dra').ports.bus.send(selector, body));
const states = async () => (await line.messages(selector)).map(({ delivery }) => delivery?.state);

describe('torque-maui', () => {
  it('runs the driver in a directory of the job', async () => {
    await start({ failureRate: 0.25, tasksFile: '/etc/tasks.yaml' });
    await send(job);
    await line.clock.runFor(10_000);
    expect(runs).toEqual([
      {
        progId,
        ousUid,
        recipe: 'PipelineImaging',
        since,
        timestamp: '2026-01-05T00:00:00.001',
        runDirectory: '/runs/uid___X1_X1_Xb0_2026-01-05T00_00_00.000_2',
        cacheDirectory: '/cache/EU',
        failureRate: 0.25,
        tasksFile: '/etc/tasks.yaml',
        assignment: 'one',
        attempt: 2,
        leavesOutcome: true,
      },
    ]);
    expect(await states()).toEqual(['done']);
  });

  it('takes a job of the Python mockup, which does not say since when', async () => {
    await start();
    const { since: _, ...foreign } = job;
    await send(foreign);
    await line.clock.runFor(10_000);
    expect(runs[0]?.since).toBeUndefined();
    expect(runs[0]?.runDirectory).toMatch(/^\/runs\/uid___X1_X1_Xb0_2026-01-05T00_00_00\.\d+_2$/);
  });

  it.each([
    [1, 1],
    [3, 3],
  ])('with %i jobs allowed runs %i at a time, at times of their own', async (maxJobs, busy) => {
    await start({ maxJobs });
    for (const name of ['a', 'b', 'c', 'd']) {
      await send({ ...job, ousUID: `uid://X1/X1/${name}` });
    }
    await line.clock.runFor(1000);
    expect(runs).toHaveLength(busy);
    await line.clock.runFor(30_000);
    expect(runs).toHaveLength(4);
    expect(new Set(runs.map(({ timestamp }) => timestamp)).size).toBe(4);
  });

  it('starts a failed job again in a directory of its own', async () => {
    exits = [{ exitCode: null, signal: 'SIGKILL', lastLines: [] }];
    await start();
    await send(job);
    await line.clock.runFor(60_000);
    expect(runs).toHaveLength(2);
    expect(runs[1]?.runDirectory).not.toBe(runs[0]?.runDirectory);
    expect(runs[1]?.timestamp).not.toBe(runs[0]?.timestamp);
    expect(await states()).toEqual(['done']);
    expect(await line.ous()).toMatchObject({ state: 'Processing' });
  });

  it('gives a job up that fails again and again, and says so in the history', async () => {
    exits = Array.from({ length: 9 }, () => ({
      ...{ exitCode: 1, signal: null },
      lastLines: ['bad tasks file'],
    }));
    await start();
    await send(job);
    await line.clock.runFor(300_000);
    expect(runs).toHaveLength(5);
    expect((await line.ous()).history?.at(-1)).toMatchObject({
      state: 'ProcessingProblem',
      reason:
        'given up after 5 attempts: the pipeline driver ended with exit code 1: bad tasks file',
    });
    expect(await states()).toEqual(['done']);
  });

  it('is killed five times with one job, which is given up then, with the reason', async () => {
    await send(job);
    for (let count = 1; count <= 5; count++) {
      const { process } = await start();
      await line.clock.runUntil(() => runs.length === count);
      process.kill();
    }
    await start();
    await line.clock.runFor(60_000);
    const attempts = runs.map(({ attempt = 0 }) => attempt);
    expect(attempts).toEqual([...new Set(attempts)].toSorted((one, other) => one - other));
    expect(attempts).toHaveLength(5);
    expect((await line.ous()).history?.at(-1)).toMatchObject({
      state: 'ProcessingProblem',
      reason: 'given up after 5 attempts: each process that took the job ended before it was done',
    });
    expect(await states()).toEqual(['done']);
  });

  it('lets a second attempt speak for the OUS, and nobody who had the job before', async () => {
    await send(job);
    const { process } = await start();
    await line.clock.runUntil(() => runs.length === 1);
    process.kill();
    await start();
    await line.clock.runUntil(() => runs.length === 2);
    const [first = 0, second = 0] = runs.map(({ attempt }) => attempt);
    expect(await line.ous()).toMatchObject({ run: { assignment: 'one', attempt: second } });
    const ask = (attempt: number) =>
      line.run(
        line.process('pipeline-driver').ports.bus.call('xtss', {
          ...{ operation: 'set-state', ousUID: ousUid, value: 'ReadyForReview', since },
          run: { assignment: 'one', attempt },
        }),
      );
    expect(await ask(first)).toBe(409);
    expect((await line.ous()).state).toBe('Processing');
    expect(await ask(second)).toBe(201);
  });

  it('withdraws what an earlier attempt left, here and where it was announced', async () => {
    const names = (timestamp = '') => {
      const directory = productsDirectoryName(progId, timestamp);
      return { directory, weblog: `${weblogName(ousUid, timestamp)}.zip` };
    };
    // As the driver does, up to the moment at which it is killed.
    line.programs.set('pipeline-driver', async (args, signal, _run, env) => {
      const run = readDriverArguments(args, env);
      const { directory, weblog } = names(run.timestamp);
      await line.files.write(`${run.runDirectory}/${directory}/x`, 'x');
      await line.files.write(`/cache/EU/${directory}/x`, 'x');
      await line.files.write(`/cache/EU/${weblog}`, 'x');
      const of = { assignment: run.assignment, attempt: run.attempt };
      const { bus } = line.process('pipeline-driver').ports;
      const cached = { cachedAt: 'EU', ousUID: ousUid, run: of };
      await bus.send('cached.JAO', { ...cached, fileType: 'productsdir', name: directory });
      await bus.send('cached.JAO', { ...cached, fileType: 'weblog', name: weblog });
      runs.push(run);
      await line.clock.sleep(5000, signal);
      return endedWell;
    });
    await send(job);
    const { process } = await start();
    await line.clock.runUntil(() => runs.length === 1);
    process.kill();
    await start();
    await line.clock.runFor(60_000);
    const [first, second] = runs.map(({ timestamp }) => names(timestamp));
    expect((await line.files.list('/cache/EU')).map(({ name }) => name)).toEqual([
      second?.directory,
      second?.weblog,
    ]);
    const withdrawn = async (to: string) =>
      (await line.messages(`withdrawn.${to}`)).map(({ body }) => (body as { name: string }).name);
    expect((await withdrawn('JAO')).toSorted()).toEqual([first?.directory, first?.weblog]);
    expect(await withdrawn('EU')).toEqual([first?.weblog]);
  });

  it('frees the slot of a job that is over before XTSS answers', async () => {
    line = await Line.start({ xtss: false });
    for (let n = 0; n < 6; n++) await line.putOus({ entityId: `uid://X1/X1/${n}` });
    const driver = line.files;
    line.programs.set('pipeline-driver', async (args, signal, _run, env) => {
      const run = readDriverArguments(args, env);
      runs.push(run);
      await line.clock.sleep(5000, signal);
      const { timestamp = '' } = run;
      const result = { outcome: 'completed', timestamp, tasks: [], untold: true };
      await driver.write(`${run.runDirectory}/result.json`, JSON.stringify(result));
      return endedWell;
    });
    await start({ maxJobs: 2 });
    for (let n = 0; n < 6; n++) await send({ ...job, ousUID: `uid://X1/X1/${n}` });
    await line.clock.runFor(4000);
    expect(runs).toHaveLength(2);
    await line.clock.runFor(20_000);
    expect(runs).toHaveLength(6);
    expect(await states()).toEqual(Array.from({ length: 6 }, () => 'claimed'));
    await line.startXtss();
    await line.clock.runFor(600_000);
    expect(await states()).toEqual(Array.from({ length: 6 }, () => 'done'));
    const ouss = await line.docs<OusDocument>('status-entities');
    expect(ouss.map(({ state }) => state)).toEqual(ouss.map(() => 'ReadyForReview'));
    const by = ouss.map(({ history = [] }) => history.at(-1)?.by);
    expect(by).toEqual(ouss.map(() => 'pipeline-driver@EU'));
  });

  it.each(['stopped', 'killed'])(
    'is %s while a run waits for XTSS: nothing is run again',
    async (how) => {
      line = await Line.start({ xtss: false });
      await line.putOus({});
      line.programs.set('pipeline-driver', async (args, _signal, _run, env) => {
        const run = readDriverArguments(args, env);
        runs.push(run);
        const { timestamp = '' } = run;
        const result = { outcome: 'completed', timestamp, tasks: [], untold: true };
        await line.files.write(`${run.runDirectory}/result.json`, JSON.stringify(result));
        return endedWell;
      });
      const { torque, process } = await start();
      await send(job);
      await line.clock.runFor(5000);
      expect(runs).toHaveLength(1);
      if (how === 'killed') process.kill();
      else await line.run(torque.stop());
      await start();
      await line.clock.runFor(60_000);
      await line.startXtss();
      await line.clock.runFor(600_000);
      expect(runs).toHaveLength(1);
      expect(await states()).toEqual(['done']);
      const { state, history = [] } = await line.ous();
      expect(state).toBe('ReadyForReview');
      expect(history.at(-1)?.cause).toBe(`run ${runs[0]?.timestamp} completed`);
    },
  );

  it('takes from the cache what a later attempt has taken the place of', async () => {
    const names = ['2015.1.00657.S_2026_01_05T00_00_00.001', 'weblog-X1-X1-Xb0-x.zip'];
    line.programs.set('pipeline-driver', async (args, signal, _run, env) => {
      const run = readDriverArguments(args, env);
      runs.push(run);
      for (const name of names) await line.files.write(`/cache/EU/${name}`, 'x');
      await line.putOus({ run: { assignment: 'one', attempt: 1000 } });
      const result = { outcome: 'completed', timestamp: run.timestamp, tasks: [], untold: true };
      const text = JSON.stringify({ ...result, cached: names });
      await line.files.write(`${run.runDirectory}/result.json`, text);
      await line.clock.sleep(1000, signal);
      return endedWell;
    });
    await start();
    await send(job);
    await line.clock.runFor(60_000);
    expect(runs).toHaveLength(1);
    expect(await line.files.list('/cache/EU')).toEqual([]);
    expect(await line.ous()).toMatchObject({ state: 'Processing' });
    expect(await states()).toEqual(['done']);
  });

  it('tries a job again whose driver left a result that nobody can read', async () => {
    line.programs.set('pipeline-driver', async (args, _signal, _run, env) => {
      const run = readDriverArguments(args, env);
      runs.push(run);
      await line.files.write(`${run.runDirectory}/result.json`, '{"outcome"');
      return endedWell;
    });
    await start();
    await send(job);
    await line.clock.runFor(300_000);
    expect(runs).toHaveLength(5);
    const { state, history = [] } = await line.ous();
    expect(state).toBe('ProcessingProblem');
    expect(history.at(-1)?.reason).toContain('a result that can not be read');
  });

  it('gives the job back when it stops, and another one takes it', async () => {
    const { torque } = await start();
    await send(job);
    await line.clock.runUntil(() => runs.length === 1);
    await line.run(torque.stop());
    expect(await states()).toEqual(['open']);
    await start();
    await line.clock.runFor(20_000);
    expect(runs).toHaveLength(2);
    expect(await states()).toEqual(['done']);
  });

  it('is killed in the middle of a job, and the next one finishes it', async () => {
    const { process } = await start();
    await send(job);
    await line.clock.runUntil(() => runs.length === 1);
    process.kill();
    await start();
    await line.clock.runFor(60_000);
    expect(runs).toHaveLength(2);
    expect(runs[1]?.runDirectory).not.toBe(runs[0]?.runDirectory);
    expect(runs[1]?.timestamp).not.toBe(runs[0]?.timestamp);
    expect(await states()).toEqual(['done']);
  });

  it.each([
    [{ ...job, ousUID: 'uid://../../etc' }, 'ousUID'],
    [{ ...job, progID: '../x' }, 'progID'],
    [{ ...job, recipe: 'ManualImaging' }, 'not a recipe for the Pipeline'],
    [{ ...job, since: 'yesterday' }, 'since'],
    [['what'], 'pipeline.process'],
  ])('keeps a bad job on record and goes on: %j', async (body, complaint) => {
    await start();
    await send(body);
    await line.clock.runFor(1000);
    const [message] = await line.messages(selector);
    expect(message?.delivery).toMatchObject({ state: 'dead' });
    expect(message?.delivery?.error).toContain(complaint);
    await send(job);
    await line.clock.runFor(10_000);
    expect(runs).toHaveLength(1);
  });
});
