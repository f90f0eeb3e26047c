import { beforeEach, describe, expect, it } from 'vitest';
import type { TaskContext } from '../../../mockup/platform/process/task-loader.ts';
import { Line, ousUid, progId } from '../helpers/line.ts';
import {
  cacheDirectory,
  drive,
  productsDir,
  runDirectory,
  startDriver,
  timestamp,
  weblog,
  writingPipeline,
} from './driver-line.ts';

let line: Line;

beforeEach(async () => {
  line = await Line.start();
  line.programs.set('pipeline', writingPipeline(line.files));
  await line.putOus({});
});

const read = async (path: string) => Buffer.from(await line.files.read(path)).toString();
const result = async () => JSON.parse(await read(`${runDirectory}/result.json`));
const lastEntry = async () => (await line.ous()).history?.at(-1);

describe('the pipeline driver', () => {
  it('brings products and weblog to the cache and tells everybody', async () => {
    expect(await drive(line)).toBe(0);

    const products = `${productsDir}/SOUS/GOUS/uid___X1_X1_Xb0/products`;
    expect(await line.paths(cacheDirectory)).toEqual([
      `${products}/pl-report-X1-X1-Xb0-${timestamp}.xml`,
      `${products}/product-0-X1-X1-Xb0-${timestamp}.data`,
      `${products}/${weblog}`,
      weblog,
    ]);
    const bodies = async (selector: string) =>
      (await line.messages(selector)).map(({ body }) => body);
    const cachedWeblog = { fileType: 'weblog', cachedAt: 'EU', name: weblog };
    expect(await bodies('cached.EU')).toEqual([cachedWeblog]);
    const atJao = await bodies('cached.JAO');
    expect(atJao).toHaveLength(2);
    expect(atJao).toContainEqual(cachedWeblog);
    expect(atJao).toContainEqual({
      fileType: 'productsdir',
      cachedAt: 'EU',
      name: productsDir,
    });
    const [report] = await bodies('pipeline.report.JAO');
    expect(report).toMatchObject({ ousUID: ousUid, timestamp, source: 'EU', productsDir });
    const encoded = (report as { report: string }).report;
    expect(Buffer.from(encoded, 'base64').toString()).toMatch(/^report /);
    expect(await line.ous()).toMatchObject({ state: 'ReadyForReview', substate: null });
    expect(await result()).toMatchObject({ outcome: 'completed', timestamp });
  });

  it('announces the weblog once where it runs at JAO', async () => {
    expect(await drive(line, {}, { site: 'JAO' })).toBe(0);
    expect(await line.messages('cached.JAO')).toHaveLength(2);
  });

  it.each([
    [2, null, 'Pipeline failed (exit code 2)'],
    [1, null, 'Pipeline ended with exit code 1: no such recipe | sorry'],
    [null, 'SIGKILL', 'Pipeline ended with signal SIGKILL: no such recipe | sorry'],
  ])('makes exit code %s, signal %s a processing problem', async (exitCode, signal, reason) => {
    line.programs.set('pipeline', async () => ({
      ...{ exitCode, signal },
      lastLines: ['no such recipe', 'sorry'],
    }));
    expect(await drive(line)).toBe(0);
    expect(await lastEntry()).toMatchObject({ state: 'ProcessingProblem', reason });
    expect(await line.messages('cached.JAO')).toEqual([]);
    expect(await result()).toMatchObject({ outcome: 'problem', reason });
  });

  it.each([
    [64, ['draws: pipeline takes PROG_ID OUS_UID RECIPE']],
    [2, ['usage: pipeline.py [-h] progID ousUID recipe', 'pipeline.py: error: unrecognized']],
  ])(
    'tells wrong arguments (exit code %s) from failed processing',
    async (exitCode, lastLines) => {
      line.programs.set('pipeline', async () => ({ exitCode, signal: null, lastLines }));
      expect(await drive(line)).toBe(0);
      expect(await lastEntry()).toMatchObject({
        state: 'ProcessingProblem',
        reason: `Pipeline did not accept its arguments: ${lastLines.join(' | ')}`,
      });
    },
  );

  it('calls the pipeline as the Python mockup does, and finds what that names by itself', async () => {
    const own = '2026-01-05T00:07:00.123';
    const name = `${progId}_2026_01_05T00_07_00.123`;
    const products = `${name}/SOUS/GOUS/uid___X1_X1_Xb0/products`;
    const interrupted = `${progId}_2026_01_05T00_08_00.456`;
    await line.files.write(`${runDirectory}/${interrupted}/SOUS/half`, 'of a killed pipeline');
    line.programs.set('pipeline', async (args) => {
      expect(args).toEqual([progId, ousUid, 'PipelineImaging']);
      for (const file of ['pl-report-x.xml', 'product-0-x.data', 'weblog-x.zip']) {
        await line.files.write(`${runDirectory}/${products}/${file}`, file);
      }
      return { exitCode: 0, signal: null, lastLines: [] };
    });
    expect(await drive(line)).toBe(0);
    expect(await line.paths(cacheDirectory)).toEqual([
      `${products}/pl-report-x.xml`,
      `${products}/product-0-x.data`,
      `${products}/weblog-x.zip`,
      'weblog-x.zip',
    ]);
    const [report] = await line.messages('pipeline.report.JAO');
    expect(report?.body).toMatchObject({ timestamp: own, productsDir: name, source: 'EU' });
    expect(await line.ous()).toMatchObject({ state: 'ReadyForReview' });
  });

  it('makes a pipeline that left nothing a processing problem', async () => {
    line.programs.set('pipeline', async () => ({ exitCode: 0, signal: null, lastLines: [] }));
    expect(await drive(line)).toBe(0);
    const { state, reason } = (await lastEntry()) ?? {};
    expect(state).toBe('ProcessingProblem');
    expect(reason).toContain(`the Pipeline ended well but left no directory ${progId}_…`);
  });

  it.each([
    [0, 'completed'],
    [2, 'problem'],
  ])('leaves it to its caller to tell XTSS: exit code %i', async (exitCode, outcome) => {
    const writing = writingPipeline(line.files);
    line.programs.set('pipeline', async (...call) => ({ ...(await writing(...call)), exitCode }));
    const before = await line.ous();
    expect(await drive(line, { leavesOutcome: true })).toBe(0);
    expect(await line.messages('xtss')).toEqual([]);
    expect(await line.ous()).toEqual(before);
    expect(await result()).toMatchObject({
      ...{ outcome, untold: true, timestamp },
      ...(exitCode === 0 && { cached: [productsDir, weblog] }),
    });
    expect(await drive(line, { leavesOutcome: true })).toBe(0);
    expect(await line.messages('xtss')).toEqual([]);
  });

  it('does nothing more for a job that was finished before', async () => {
    await drive(line);
    line.programs.delete('pipeline');
    const { state, history } = await line.ous();
    expect(await drive(line)).toBe(0);
    expect(await line.messages('cached.JAO')).toHaveLength(2);
    expect(await line.ous()).toMatchObject({ state, history });
  });

  it('leaves an OUS alone that was launched again meanwhile', async () => {
    await line.clock.runFor(60_000);
    await line.putOus({ state: 'Processing' });
    expect(await drive(line)).toBe(0);
    expect(await line.ous()).toMatchObject({ state: 'Processing' });
    line.programs.set('pipeline', async () => ({ exitCode: 2, signal: null, lastLines: [] }));
    expect(await drive(line, { runDirectory: '/runs/another' })).toBe(0);
    expect(await line.ous()).toMatchObject({ state: 'Processing' });
  });

  it('takes from the cache what a later attempt has taken the place of', async () => {
    await line.putOus({ run: { assignment: 'one', attempt: 3 } });
    await line.files.write(`${cacheDirectory}/of-another-ous.zip`, 'stays');
    expect(await drive(line, { assignment: 'one', attempt: 2 })).toBe(0);
    expect(await line.paths(cacheDirectory)).toEqual(['of-another-ous.zip']);
    expect(await line.ous()).toMatchObject({ state: 'Processing' });
    expect(await drive(line, { assignment: 'one', attempt: 3, runDirectory })).toBe(0);
  });

  it('stops without a change where it is asked to', async () => {
    let started = false;
    line.programs.set('pipeline', (_args, signal) => {
      started = true;
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    });
    const { driver } = startDriver(line);
    const actor = await line.run(driver);
    await line.clock.runUntil(() => started);
    await line.run(actor.stop());
    expect(await line.finish(actor)).not.toBe(0);
    expect(await line.ous()).toMatchObject({ state: 'Processing' });
    expect(await line.files.stat(`${runDirectory}/result.json`)).toBeUndefined();
  });

  it('refuses names that can not be in a path', async () => {
    await expect(drive(line, { ousUid: 'uid://../x' })).rejects.toThrow('not an OUS UID');
    await expect(drive(line, { progId: '../x' })).rejects.toThrow('not a project code');
  });

  it('never takes a time before the OUS entered Processing', async () => {
    const later = '2026-01-05T01:00:00.000';
    await drive(line, { since: later });
    expect((await result()).timestamp).toBe('2026-01-05T01:00:00.001');
  });
});

describe("a site's tasks", () => {
  const tasksFile = '/etc/tasks.yaml';

  function withTasks(tasks: Record<string, (context: TaskContext) => unknown>) {
    const loadTask = async (module: string, exportName: string) => {
      expect(module).toBe('./tasks.js');
      return tasks[exportName] ?? (() => {});
    };
    return { tasksFile, loadTask };
  }

  it('run before and after the pipeline, timed', async () => {
    await line.files.write(
      tasksFile,
      'pre: [{name: first, module: ./tasks.js, export: first}]\n' +
        'post: [{name: last, module: ./tasks.js, export: last}]\n',
    );
    const seen: unknown[] = [];
    const tasks = {
      first: async (context: TaskContext) => {
        await line.clock.sleep(1500);
        seen.push(context.exit, context.productsDirectory);
      },
      last: (context: TaskContext) => seen.push(context.exit?.exitCode, context.productsDirectory),
    };
    expect(await drive(line, withTasks(tasks))).toBe(0);
    const products = `${runDirectory}/${productsDir}/SOUS/GOUS/uid___X1_X1_Xb0/products`;
    expect(seen).toEqual([undefined, undefined, 0, products]);
    const { tasks: reported } = await result();
    expect(
      reported.map(({ phase, name }: { phase: string; name: string }) => [phase, name]),
    ).toEqual([
      ['pre', 'first'],
      ['pipeline', 'pipeline'],
      ['post', 'last'],
      ['post', 'copy to the cache'],
      ['post', 'announce'],
    ]);
    expect(reported[0].duration_ms).toBe(1500);
  });

  it('make a processing problem where they fail', async () => {
    await line.files.write(tasksFile, 'pre: [{name: disk, module: ./tasks.js, export: disk}]\n');
    const disk = () => {
      throw new Error('no room');
    };
    expect(await drive(line, withTasks({ disk }))).toBe(0);
    expect(await lastEntry()).toMatchObject({
      state: 'ProcessingProblem',
      reason: 'disk: no room',
    });
  });

  it('see what a failed pipeline left', async () => {
    await line.files.write(tasksFile, 'post: [{name: look, module: ./tasks.js, export: look}]\n');
    line.programs.set('pipeline', async () => ({ exitCode: 2, signal: null, lastLines: [] }));
    const codes: unknown[] = [];
    const look = (context: TaskContext) => codes.push(context.exit?.exitCode);
    expect(await drive(line, withTasks({ look }))).toBe(0);
    expect(codes).toEqual([2]);
    expect(await lastEntry()).toMatchObject({ reason: 'Pipeline failed (exit code 2)' });
  });

  it.each([
    ['pre: 7', '"pre"'],
    ['pre: [{name: x}]', '"pre.0.module"'],
    ['before: []', 'before'],
    ['pre: [', 'not YAML'],
  ])('are refused where the file says %j', async (text, complaint) => {
    await line.files.write(tasksFile, text);
    expect(await drive(line, withTasks({}))).toBe(1);
    const errors = line.log.entries.filter(({ level }) => level === 'error');
    expect(errors.at(-1)?.message).toContain(complaint);
    expect(await line.ous()).toMatchObject({ state: 'Processing' });
  });
});
