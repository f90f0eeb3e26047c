// The options of the two-hosts demonstration, checked once.

import { Command } from 'commander';
import { requireInteger, requireNumber } from '../../mockup/cli/environment.ts';

export interface DemonstrationOptions {
  tmux: boolean;
  faults: boolean;
  once: boolean;
  ousCount: number;
  pace: number;
  failureRate: number;
  timeLimit_s: number;
  keep: boolean;
  /** Of the faults. */
  seed: number;
  minutes: number;
}

export function parseOptions(argv: readonly string[]): DemonstrationOptions {
  const program = new Command('two-hosts')
    .description(
      'JAO and an ARC on one machine: two network namespaces joined by a cable, with a server, an ' +
        'ssh daemon and the actors of each site. Ctrl-C ends all of it and leaves nothing.',
    )
    .option('--tmux', 'terminals as panes, one per actor; DRA and QA2 wait for a person')
    .option('--faults', 'let faults pass over the line, and check what is left of it')
    .option('--once', 'end when all OUSs are Delivered')
    .option('--ous <n>', 'how many OUSs are sent through by robots', '9')
    .option('--pace <x>', 'multiplies every deliberate waiting time', '1')
    .option('--failure-rate <p>', 'share of Pipeline runs that fail', '0.1')
    .option('--time-limit <s>', 'with --once: fail after so many seconds', '900')
    .option('--seed <n>', 'of the faults', '1')
    .option('--minutes <m>', 'how long the faults last', '1')
    .option('--keep', 'leave databases, caches and logs in their directory')
    .parse([...argv], { from: 'user' });
  const given = program.opts();
  return {
    tmux: given.tmux === true,
    faults: given.faults === true,
    once: given.once === true,
    ousCount: requireInteger(given.ous, '--ous', 1, 10_000),
    pace: requireNumber(given.pace, '--pace', 0, 1000),
    failureRate: requireNumber(given.failureRate, '--failure-rate', 0, 0.95),
    timeLimit_s: requireNumber(given.timeLimit, '--time-limit', 1, 1_000_000),
    keep: given.keep === true,
    seed: requireInteger(given.seed, '--seed', 0, 2 ** 31),
    minutes: requireNumber(given.minutes, '--minutes', 0, 10_000),
  };
}
