// What a member may write of an earlier attempt, which is withdrawn by the message's word alone.

import { beforeEach, describe, expect, it } from 'vitest';
import { withdrawSuperseded } from '../../../mockup/actors/torque-maui/superseded-runs.ts';
import { databaseNames } from '../../../mockup/core/databases.ts';
import {
  productsDirectoryName,
  productsSubpath,
} from '../../../mockup/core/products/product-names.ts';
import { Line, ousUid, progId } from '../helpers/line.ts';

const timestamp = '2026-01-05T00:00:20.001';
const own = productsDirectoryName(progId, timestamp);
const earlier = productsDirectoryName(progId, '2026-01-05T00:00:10.001');
const old = productsDirectoryName(progId, '2026-01-04T20:00:10.001');
const run = (attempt: number) => ({ assignment: 'one', attempt });

let line: Line;

beforeEach(async () => {
  line = await Line.start();
  await line.putOus({ run: run(3), history });
});

/** The attempts of the day: the second has begun before the times in the names, the third after. */
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
const history = [
  entry('2026-01-05T00:00:00.000'),
  entry('2026-01-05T00:00:05.000', 'attempt 2 of one'),
  entry('2026-01-05T00:00:15.000', 'attempt 3 of one'),
];

const write = (name: string, uid = ousUid) =>
  line.files.write(`/cache/EU/${name}/${productsSubpath(uid)}/x`, 'x');

const announced = (name: string, more: object = {}) => ({
  ...{ fileType: 'productsdir', cachedAt: 'EU', name, ousUID: ousUid, run: run(2) },
  ...more,
});
const send = (body: object) =>
  line.run(line.process('pipeline-driver').ports.bus.send('cached.JAO', body));

async function withdraw(): Promise<string[]> {
  const { ports } = line.process('torque-maui');
  await line.files.makeDirectory('/runs');
  const job = { ousUID: ousUid, progID: progId, recipe: 'PipelineImaging', assignment: 'one' };
  const about = { job, run: run(3), jobDirectory: 'job', hasBegun: true, timestamp };
  const directories = { runsDirectory: '/runs', cacheDirectory: '/cache/EU' };
  await line.run(withdrawSuperseded(ports, directories, about));
  return (await line.files.list('/cache/EU')).map(({ name }) => name);
}

describe('what superseded runs left', () => {
  it('goes, though a thousand other messages of the OUS came before', async () => {
    await write(own);
    await write(earlier);
    const messages = line.server.open(databaseNames.messages);
    await line.run(
      messages.bulk(
        Array.from({ length: 1100 }, (_, n) => ({
          _id: `0${n}`,
          ...{ selector: 'xtss', creationTimestamp: '2020-01-01T00:00:00.000', consumed: true },
          body: { ousUID: ousUid },
        })),
      ),
    );
    await send(announced(earlier));
    expect(await withdraw()).toEqual([own]);
    expect(await line.messages('withdrawn.JAO')).toHaveLength(1);
  });

  it.each([
    ['weblogs', 'weblogs', ousUid],
    ['the directory of this attempt', own, ousUid],
    ['that of another OUS of the project', earlier, 'uid://X1/X1/Xb1'],
    ['one of another time', old, ousUid],
    ['that of another project', '2019.1.00263.S_2026_01_05T00_00_10.001', 'uid://X1/X1/Xb1'],
  ])('does not take %s with it', async (_, name, uid) => {
    await write(name, uid);
    await send(announced(name));
    expect(await withdraw()).toEqual([name]);
    expect(await line.messages('withdrawn.JAO')).toEqual([]);
  });

  it('does not take with it what a later attempt announced, or reported', async () => {
    const [one = '', other = ''] = ['11', '12'].map((seconds) =>
      productsDirectoryName(progId, `2026-01-05T00:00:${seconds}.001`),
    );
    for (const name of [one, other]) {
      await write(name);
      await send(announced(name));
    }
    await send(announced(one, { run: run(3) }));
    await line.server.open(databaseNames.pipelineReports).put({
      ...{ _id: 'report', ousUID: ousUid, productsDir: other, source: 'EU', run: run(3) },
    });
    expect(await withdraw()).toEqual([one, other]);
  });
});
