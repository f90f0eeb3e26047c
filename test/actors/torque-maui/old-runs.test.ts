// Directories of runs that are over: after a day those of completed ones go, and the latest failed ones stay.

import { expect, it } from 'vitest';
import { OldRuns } from '../../../mockup/actors/torque-maui/old-runs.ts';
import { formatTimestamp } from '../../../mockup/core/timestamps.ts';
import { Line } from '../helpers/line.ts';

const HOUR_MS = 3_600_000;

it('removes completed runs after a day, keeps the latest failed ones and what goes on', async () => {
  const line = await Line.start();
  const { ports } = line.process('torque-maui');
  const write = (name: string, result: unknown) =>
    line.run(ports.files.write(`/runs/${name}/result.json`, JSON.stringify(result)));
  const ago = (hours: number) => formatTimestamp(line.clock.now() - hours * HOUR_MS);
  await write('old', { outcome: 'completed', timestamp: ago(25) });
  await write('new', { outcome: 'completed', timestamp: ago(23) });
  for (let number = 0; number < 102; number++) {
    const name = `failed-${String(number).padStart(3, '0')}`;
    await write(name, { outcome: 'problem', timestamp: ago(500 - number) });
  }
  await write('unreadable', 'x');
  await line.run(ports.files.write('/runs/running/run.json', '{}'));
  const runs = new OldRuns(ports, '/runs');
  const names = async () => {
    await line.run(runs.sweep());
    return (await line.run(ports.files.list('/runs'))).map(({ name }) => name);
  };
  const kept = await names();
  expect(kept).not.toContain('old');
  expect(kept).not.toContain('failed-001');
  expect(kept).toEqual(expect.arrayContaining(['new', 'failed-002', 'running', 'unreadable']));
  // Not again before an hour has gone; a day later the other one is old too.
  await write('older', { outcome: 'completed', timestamp: ago(100) });
  expect(await names()).toContain('older');
  await line.clock.runFor(2 * HOUR_MS);
  expect(await names()).not.toContain('older');
});

it('does without a directory', async () => {
  const line = await Line.start();
  const { ports } = line.process('torque-maui');
  await line.run(new OldRuns(ports, '/none').sweep());
});
