// `draws simulate`: a year of an observatory in seconds, to ask before anything is built.

import type { Command } from 'commander';
import { scenarioJsonSchema } from '../../simulator/cycle/json-schema.ts';
import { type CommandContext, examples } from '../command.ts';
import { runGrid } from '../simulate/run-grid.ts';
import { runOne } from '../simulate/run-one.ts';
import { readyMade } from '../simulate/scenarios.ts';
import { defaultJobs, readPlan, type SimulateOptions } from '../simulate/simulate-options.ts';
import { UsageError } from '../usage-error.ts';

const INTERRUPTED = 130;
const collect = (value: string, earlier: string[]): string[] => [...earlier, value];

export function define(command: Command, context: CommandContext): void {
  command
    .argument('[scenario]', `a YAML file, or one of ${readyMade.join(', ')}`, 'mockup')
    .option('--seed <seed>', 'of all chance, in place of the scenario’s own')
    .option('--set <key=value>', 'another value of a key', collect, [])
    .option('--vary <key=values>', 'try each: 4,8,16 or 2..6 or 2..10:2', collect, [])
    .option('--seeds <n>', 'try each setting with so many seeds')
    .option('--goal <goal>', 'such as "p90(observation-to-delivery) <= 30d" or "kpi >= 90%"')
    .option('--jobs <n>', 'runs at a time', defaultJobs)
    .option('--one-more', 'what one more of each that is waited for would bring')
    .option('--json', 'the answers as JSON')
    .option('--csv <file>', 'what is on record of each OUS')
    .option('--report <file>', 'the answers as one HTML page with plots')
    .option('--record <file>', 'all that is on record, as JSON')
    .option('--schema', 'print the JSON schema of scenarios, for editors')
    .addHelpText(
      'after',
      examples(
        'draws simulate mockup',
        'draws simulate alma-cycle-7 --one-more --report cycle.html',
        'draws simulate mine.yaml --set reviewers=12 --json',
        'draws simulate alma-cycle-7 --vary jao.slots=8,12,16 --vary reviewers=4..8:2 --seeds 5 \\',
        '    --goal "p90(observation-to-delivery) <= 30d"',
      ),
    )
    .addHelpText(
      'after',
      '\nExit code: 0 fine, 1 the goal is not met, 2 bad usage or scenario, 130 interrupted.' +
        '\ndocs/SIMULATOR.md has the keys of a scenario and where their defaults come from.',
    )
    .action((scenario: string, options: SimulateOptions & { schema?: boolean }) => {
      if (options.schema) return context.print(JSON.stringify(scenarioJsonSchema(), null, 2));
      return run(scenario, options, context);
    });
}

async function run(given: string, options: SimulateOptions, context: CommandContext) {
  const plan = readPlan(given, options);
  const isGrid = plan.varied.length > 0 || plan.seeds.length > 1;
  if (isGrid && (options.csv ?? options.record) !== undefined) {
    throw new UsageError('--csv and --record are of one run, not of --vary or --seeds');
  }
  if (isGrid && options.oneMore) throw new UsageError('--one-more is of one run; use --vary');
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort(new Error('interrupted'));
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    const work = isGrid ? runGrid : runOne;
    context.exitWith(await work(plan, options, context, interrupted.signal));
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    context.warn('interrupted');
    context.exitWith(INTERRUPTED);
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}
