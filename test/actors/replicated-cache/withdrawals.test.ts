// Any member can write that something is withdrawn: what was recorded decides.

import { beforeEach, describe, expect, it } from 'vitest';
import { createReplicatedCache } from '../../../mockup/actors/replicated-cache/replicated-cache.ts';
import { databaseNames } from '../../../mockup/core/databases.ts';
import { productsSubpath } from '../../../mockup/core/products/product-names.ts';
import { Line, ousUid } from '../helpers/line.ts';

const current = '2015.1.00657.S_2018_07_19T07_10_03.781';
const superseded = '2015.1.00657.S_2018_07_19T06_10_03.781';
const weblogOf = (uid: string) => `weblog-${uid}-2018-07-19T06:10:03.781.zip`;
const assignment = 'one';
const run = (attempt: number) => ({ assignment, attempt });

const entry = (timestamp: string, cause?: string) => ({
  ...{
    timestamp,
    state: 'Processing' as const,
    substate: null,
    executive: 'EU' as const,
    by: 'x',
  },
  ...(cause !== undefined && { cause }),
});
/** As XTSS writes it: the assignment, and later attempts; the third one began long after these names. */
const history = [
  entry('2018-07-19T06:00:00.000'),
  entry('2018-07-19T06:05:00.000', 'attempt 2 of one'),
  entry('2018-07-19T07:20:00.000', 'attempt 5 of one'),
];

let line: Line;

beforeEach(async () => {
  line = await Line.start();
  await line.putOus({ run: run(5), history });
  const { ports } = line.process('replicated-cache', { site: 'JAO' });
  await line.run(
    createReplicatedCache(ports, {
      ...{ localCache: '/cache/JAO', caches: {}, host: '127.0.0.1', port: 8000 },
    }),
  );
});

const write = (name: string, uid = ousUid) =>
  line.files.write(`/cache/JAO/${name}/${productsSubpath(uid)}/product-1.data`, 'x');
const send = (selector: string, body: object) =>
  line.run(line.process('pipeline-driver').ports.bus.send(selector, { ousUID: ousUid, ...body }));
const report = (doc: object) =>
  line.server.open(databaseNames.pipelineReports).put({ _id: 'report', ...doc });

async function withdraw(name: string, fileType = 'productsdir'): Promise<string | undefined> {
  await send('withdrawn.JAO', { fileType, name, run: run(2) });
  await line.clock.runFor(1000);
  const [message] = await line.messages('withdrawn.JAO');
  return message?.delivery?.error;
}

/** As a member may, of anything. */
const pretend = (name: string, fileType = 'productsdir') =>
  send('cached.JAO', { fileType, cachedAt: 'EU', name, run: run(2) });
const isThere = async (name: string) =>
  (await line.files.stat(`/cache/JAO/${name}`)) !== undefined;

describe('the replicated cache lets go', () => {
  it('what a superseded run announced and reported', async () => {
    await write(superseded);
    await pretend(superseded);
    await report({ ousUID: ousUid, source: 'EU', productsDir: superseded, run: run(2) });
    expect(await withdraw(superseded)).toBeUndefined();
    expect(await isThere(superseded)).toBe(false);
  });
});

describe('the replicated cache keeps', () => {
  it('what nobody announced of the superseded run', async () => {
    await write(current);
    expect(await withdraw(current)).toContain('was not announced by attempt 2');
    expect(await isThere(current)).toBe(true);
  });

  it.each([
    [
      'what the current attempt announced',
      () =>
        send('cached.JAO', {
          ...{ fileType: 'productsdir', cachedAt: 'EU', name: current, run: run(5) },
        }),
    ],
    [
      'what the current attempt reported',
      () =>
        report({
          ...{ ousUID: ousUid, source: 'EU', productsDir: current, run: run(5) },
        }),
    ],
    [
      'what a run without a name reported',
      () =>
        report({
          ...{ ousUID: ousUid, source: 'EU', productsDir: current },
        }),
    ],
    [
      'what another OUS reported',
      () =>
        report({
          ...{ ousUID: 'uid://X1/X1/Xb1', source: 'EU', productsDir: current, run: run(2) },
        }),
    ],
    [
      'what a run wrote that was completed',
      () =>
        line.putOus({
          run: run(5),
          history: [
            ...history,
            {
              ...{ timestamp: '2018-07-19T08:00:00.000', state: 'ReadyForReview', substate: null },
              ...{ executive: 'EU', by: 'x', cause: 'run 2018-07-19T07:10:03.781 completed' },
            },
          ],
        }),
    ],
  ])('%s, whatever a message says', async (_, record) => {
    await write(current);
    await pretend(current);
    await record();
    expect(await withdraw(current)).toContain('not withdrawn');
    expect(await isThere(current)).toBe(true);
  });

  it('the directory of another OUS of the project, by what is in it', async () => {
    await write(superseded, 'uid://X1/X1/Xb1');
    await pretend(superseded);
    expect(await withdraw(superseded)).toContain('holds what is of uid___X1_X1_Xb1');
    expect(await isThere(superseded)).toBe(true);
  });

  it('the weblog of an OUS whose UID goes on where this one ends', async () => {
    const name = weblogOf('X1-X1-Xb0-2');
    await line.files.write(`/cache/JAO/${name}`, 'x');
    await pretend(name, 'weblog');
    expect(await withdraw(name, 'weblog')).toContain('is no name of uid://X1/X1/Xb0');
    expect(await isThere(name)).toBe(true);
  });

  it('a directory that has no record, of another time than the run that a message names', async () => {
    const byHand = '2015.1.00657.S_2018_07_18T06_10_03.781';
    await write(byHand);
    await pretend(byHand);
    expect(await withdraw(byHand)).toContain('is of another time than attempt 2 of one');
    expect(await isThere(byHand)).toBe(true);
  });

  it('its weblogs', async () => {
    await write('weblogs');
    expect(await withdraw('weblogs')).toContain('is no name of uid://X1/X1/Xb0');
    expect(await isThere('weblogs')).toBe(true);
  });
});
