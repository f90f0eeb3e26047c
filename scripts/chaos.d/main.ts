// `scripts/chaos`: its options.

import { Command } from 'commander';
import { requireInteger, requireNumber } from '../../mockup/cli/environment.ts';
import { describeError } from '../../mockup/core/errors.ts';
import { runChaos } from './chaos.ts';

const program = new Command('chaos')
  .description(
    'Lets OUSs go through a line of two sites while processes die and freeze, the link is cut and ' +
      'spoiled, disks fill, clocks jump and messages come twice; then checks what is left.',
  )
  .option('--ous <n>', 'how many OUSs', '10')
  .option('--seed <s>', 'of the faults', '1')
  .option('--minutes <m>', 'how long the faults last', '1')
  .option('--failure-rate <p>', 'share of Pipeline runs that fail', '0.1')
  .option('--local', 'two servers on this machine, as where there is no root')
  .option('--json <file>', 'write the figures there')
  .option('--keep', 'leave databases and logs in their directory');

try {
  const given = program.parse().opts();
  process.exitCode = await runChaos({
    ousCount: requireInteger(given.ous, '--ous', 1, 10_000),
    seed: requireInteger(given.seed, '--seed', 0, 2 ** 31),
    minutes: requireNumber(given.minutes, '--minutes', 0, 10_000),
    failureRate: requireNumber(given.failureRate, '--failure-rate', 0, 0.95),
    where: given.local ? 'local' : 'best',
    jsonFile: given.json,
    keep: given.keep === true,
  });
} catch (error) {
  process.stderr.write(`chaos: ${describeError(error)}\n`);
  process.exitCode = (error as { code?: unknown }).code === 'bad_usage' ? 2 : 1;
}
