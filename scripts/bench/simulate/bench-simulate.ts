// What a simulated cycle costs: the whole process, start and report of node included, at the numbers
// of OUSs that DRAWS_BENCH_SIMULATE names.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Figure } from '../figure.ts';

const COUNTS = (process.env.DRAWS_BENCH_SIMULATE ?? '2927,10000').split(',').map(Number);
const AIMS: Readonly<Record<number, { wall_s: number; rss_mib?: number }>> = {
  2927: { wall_s: 10, rss_mib: 600 },
  10000: { wall_s: 40 },
};
const module = join(import.meta.dirname, 'simulate-once.ts');
const scenario = join(import.meta.dirname, '../../../examples/simulate/alma-cycle-7.yaml');

interface Once {
  wall_s: number;
  cpu_s: number;
  rss_mib: number;
  delivered: number;
}

export async function benchSimulate(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const count of COUNTS) figures.push(...figuresOf(count, await runOnce(count)));
  return figures;
}

async function runOnce(count: number): Promise<Once> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    module,
    scenario,
    String(count),
  ]);
  return JSON.parse(stdout) as Once;
}

function figuresOf(count: number, { wall_s, cpu_s, rss_mib, delivered }: Once): Figure[] {
  const aim = AIMS[count];
  const most = (value: number | undefined) =>
    value === undefined ? {} : { aim: { value, is: 'at most' as const } };
  const name = `${count} OUSs`;
  const note = `${delivered} delivered`;
  return [
    { what: `${name}: time`, value: wall_s, unit: 's', ...most(aim?.wall_s), note },
    { what: `${name}: processor time`, value: cpu_s, unit: 's' },
    { what: `${name}: processor time of each`, value: (cpu_s / count) * 1000, unit: 'ms' },
    { what: `${name}: memory`, value: rss_mib, unit: 'MiB', ...most(aim?.rss_mib) },
  ];
}
