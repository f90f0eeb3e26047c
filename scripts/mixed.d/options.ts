// The options of `scripts/mixed`, checked once.

import { resolve } from 'node:path';
import { Command } from 'commander';
import { requireInteger, requireNumber } from '../../mockup/cli/environment.ts';
import { UsageError } from '../../mockup/cli/usage-error.ts';
import { type Combination, combinations } from './combinations.ts';

export interface MixedOptions {
  originals: string;
  python: string;
  chosen: readonly Combination[];
  jobs: number;
  pace: number;
  timeLimit_s: number;
  json: boolean;
  keep: boolean;
}

/** Throws UsageError. */
export function parseOptions(argv: readonly string[]): MixedOptions {
  const program = new Command('mixed')
    .description(
      'Sends one OUS through each mixture of the Python mockup’s actors and ours, on two hosts in ' +
        'network namespaces, and shows what is left of it. Exit code 0: all as it must be; ' +
        '3: this machine lacks something that is needed.',
    )
    .requiredOption('--originals <dir>', 'a checkout of the Python mockup (amchavan)')
    .option('--python <file>', 'with the package requests', '/usr/bin/python3')
    .option('--only <names>', 'combinations whose names contain one of these, by commas')
    .option('--jobs <n>', 'combinations at a time', '2')
    .option('--pace <x>', 'multiplies every deliberate waiting time, Python ones too', '0.2')
    .option('--time-limit <s>', 'of one combination', '240')
    .option('--json', 'a line of JSON for each combination instead of the table')
    .option('--keep', 'leave databases, caches and logs in their directories')
    .parse([...argv], { from: 'user' });
  const given = program.opts();
  return {
    originals: resolve(given.originals),
    python: resolve(given.python),
    chosen: chosenOf(given.only),
    jobs: requireInteger(given.jobs, '--jobs', 1, 22),
    pace: requireNumber(given.pace, '--pace', 0, 100),
    timeLimit_s: requireNumber(given.timeLimit, '--time-limit', 1, 100_000),
    json: given.json === true,
    keep: given.keep === true,
  };
}

function chosenOf(only: string | undefined): readonly Combination[] {
  if (only === undefined) return combinations;
  const parts = only.split(',').map((part) => part.trim());
  const chosen = combinations.filter(({ name }) => parts.some((part) => name.includes(part)));
  if (chosen.length > 0) return chosen;
  throw new UsageError(`no combination is called ${JSON.stringify(only)}`, {
    hint: `they are ${combinations.map(({ name }) => name).join(', ')}`,
  });
}
