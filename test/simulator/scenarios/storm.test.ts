// Storms: processes are killed and links cut at random for four minutes, then the line recovers.
// A few here, many with DRAWS_LONG=1.

import { expect, test } from 'vitest';
import type { Executive } from '../../../mockup/core/executives.ts';
import { startDrawsLine } from '../../../mockup/simulator/scenarios/draws-line.ts';
import { startStorm } from '../../../mockup/simulator/scenarios/storm.ts';

const isLong = process.env.DRAWS_LONG === '1';
const first = Number(process.env.DRAWS_SEED ?? Date.now() % 1_000_000);
const seeds = Array.from({ length: isLong ? 200 : 5 }, (_, n) => `${first + n}`);

test(`the line recovers from storms ${seeds[0]} to ${seeds.at(-1)}`, async () => {
  console.log(`seeds ${seeds[0]} to ${seeds.at(-1)}`);
  const problems: string[] = [];
  for (const seed of seeds) {
    const found = await weather(seed);
    if (found.length > 0) problems.push(`seed ${seed}: ${found.join('; ')}`);
  }
  expect(problems).toEqual([]);
}, 600_000);

async function weather(seed: string): Promise<string[]> {
  const arcs: Executive[] = Number(seed) % 2 === 0 ? ['EU'] : ['EU', 'NA'];
  const line = await startDrawsLine({
    seed,
    ous: 5,
    sites: ['JAO', ...arcs],
    failureRate: 0.2,
    verdicts: { pass: 0.6, semipass: 0.2, fail: 0.2 },
    maxJobs: 2,
  });
  await line.world.clock.runFor(3000);
  startStorm(line.world, { seed, duration_ms: 240_000, arcs });
  await line.world.clock.runFor(250_000);
  await line.runToDelivered();
  await line.world.clock.runFor(120_000);
  return line.check();
}
