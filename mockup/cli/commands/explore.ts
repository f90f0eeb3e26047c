// `draws explore`: storms over the simulated line, to show that nothing is lost, doubled or stuck.

import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import { type Executive, isExecutive } from '../../core/executives.ts';
import { parseAim } from '../../simulator/explore/coverage.ts';
import { parseSeedRange } from '../../simulator/explore/seed-range.ts';
import type { Summary } from '../../simulator/explore/summary.ts';
import { type Aim, isFaultKind, possibleFaults } from '../../simulator/storm/draw-plan.ts';
import { type FaultKind, faultKinds, faultNames } from '../../simulator/storm/fault-kinds.ts';
import { parseStormPlan } from '../../simulator/storm/storm-plan.ts';
import { type CommandContext, examples } from '../command.ts';
import { explore } from '../explore/exploration.ts';
import { printSummary } from '../explore/print-summary.ts';
import { ProgressLine } from '../explore/progress-line.ts';
import { repeatCommand } from '../explore/repeat-command.ts';
import { runOnePlan } from '../explore/run-one-plan.ts';
import { UsageError } from '../usage-error.ts';

export interface ExploreOptions {
  seeds: string;
  ous: string;
  sites: string;
  faults: string;
  jobs: string;
  timeLimit?: string;
  failures: string;
  shrink: boolean;
  aim?: string;
  plan?: string;
  story?: string;
  quick?: boolean;
  json?: boolean;
}

const INTERRUPTED = 130;
const DAY_S = 86_400;

export function define(command: Command, context: CommandContext): void {
  command
    .option('--seeds <range>', 'N (1 to N) or FROM..TO', '200')
    .option('--ous <n>', 'OUSs in each storm', '3')
    .option('--sites <list>', 'JAO and at least one ARC', 'JAO,EU')
    .option('--faults <list>', 'names of faults, or all', 'all')
    .option('--jobs <n>', 'storms at a time', String(availableParallelism()))
    .option('--time-limit <seconds>', 'end after so long')
    .option('--failures <n>', 'end after so many seeds that failed', '1')
    .option('--no-shrink', 'leave a storm that fails as it is')
    .option('--plan <file>', 'run the one storm that is in this JSON file')
    .option('--story <file>', 'write what happened in the smallest storm that fails as HTML')
    .addOption(new Option('--aim <process call>', 'where half of the strikes go').hideHelp())
    .option('--quick', 'quick servers, which keep no files, in place of those that ship')
    .option('--json', 'the result as JSON')
    .addHelpText('after', faultHelp())
    .addHelpText(
      'after',
      examples(
        'draws explore --seeds 1..200 --ous 3',
        'draws explore --seeds 1..10000 --faults kill,freeze --time-limit 300',
        'draws explore --seeds 137 --ous 3 --story storm.html',
      ),
    )
    .addHelpText('after', '\nExit code: 0 nothing found, 1 a rule was broken, 130 interrupted.')
    .action((options: ExploreOptions) => run(options, context));
}

async function run(options: ExploreOptions, context: CommandContext): Promise<void> {
  if (options.plan !== undefined) {
    const one = { ...options, file: options.plan };
    context.exitWith(await runOnePlan(readPlan(options.plan), one, context));
    return;
  }
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort(new Error('interrupted'));
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const seeds = parseSeedRange(options.seeds);
  const progress = new ProgressLine(context.stderr, seeds.to - seeds.from + 1);
  try {
    const summary = await explore({
      seeds,
      ous: wholeNumber('--ous', options.ous, 1000),
      sites: readSites(options.sites),
      ...readFaults(options),
      jobs: wholeNumber('--jobs', options.jobs, 256),
      timeLimit_s: options.timeLimit
        ? wholeNumber('--time-limit', options.timeLimit, DAY_S)
        : DAY_S,
      failuresMax: wholeNumber('--failures', options.failures, 1_000_000),
      shrink: options.shrink,
      aim: options.aim === undefined ? undefined : readAim(options.aim),
      repeatOf: (seed, aim) => repeatCommand(seed, aim, options),
      signal: interrupted.signal,
      onProgress: (so_far: Summary) => progress.show(so_far),
    });
    progress.end();
    await printSummary(summary, options, context, progress.elapsed_s);
    if (summary.failed.length > 0) context.exitWith(1);
    else if (interrupted.signal.aborted) context.exitWith(INTERRUPTED);
  } finally {
    progress.end();
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

function faultHelp(): string {
  const lines = Object.entries(faultKinds).map(([name, what]) => `  ${name.padEnd(16)}${what}`);
  return `\nFaults:\n${lines.join('\n')}`;
}

function wholeNumber(option: string, text: string, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
  throw new UsageError(`${option}: a whole number from 1 to ${most}, not ${JSON.stringify(text)}`);
}

function readSites(text: string): Executive[] {
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !isExecutive(name));
  if (wrong !== undefined) {
    throw new UsageError(`--sites: JAO, EU, NA or EA, not ${JSON.stringify(wrong)}`);
  }
  const sites = [...new Set(names)] as Executive[];
  if (sites.includes('JAO') && sites.length > 1) {
    return ['JAO', ...sites.filter((site) => site !== 'JAO')];
  }
  throw new UsageError(`--sites: JAO and at least one ARC, not ${JSON.stringify(text)}`);
}

function readFaults({ faults: text, quick }: Pick<ExploreOptions, 'faults' | 'quick'>) {
  const servers = quick ? ('quick' as const) : ('shipped' as const);
  const names = text === 'all' ? faultNames : text.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !isFaultKind(name));
  if (wrong === undefined) {
    const faults: FaultKind[] = names.filter(isFaultKind);
    if (possibleFaults({ faults, servers }).length > 0) return { faults, servers };
    throw new UsageError(`--faults: without the servers that ship (--quick) there is no ${text}`);
  }
  throw new UsageError(`--faults: there is no fault ${JSON.stringify(wrong)}`, {
    hint: `there are ${faultNames.join(', ')}`,
  });
}

function readAim(text: string): Aim {
  const aim = parseAim(text);
  if (aim && isExecutive(aim.site)) return aim;
  throw new UsageError(`--aim: PROCESS@SITE CALL, not ${JSON.stringify(text)}`);
}

function readPlan(file: string) {
  try {
    return parseStormPlan(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new UsageError(`--plan: ${file} holds no storm: ${(error as Error).message}`);
  }
}
