// The result of an exploration, for a person or as JSON.

import { type Coverage, coverageOf } from '../../simulator/explore/coverage.ts';
import type { FailedStorm, Summary } from '../../simulator/explore/summary.ts';
import { describeFault } from '../../simulator/storm/storm-plan.ts';
import type { CommandContext } from '../command.ts';
import { duration } from './progress-line.ts';
import { tellStory } from './tell-story.ts';

const PROBLEMS_SHOWN = 5;

export async function printSummary(
  summary: Summary,
  { json, story }: { json?: boolean; story?: string },
  context: CommandContext,
  elapsed_s: number,
): Promise<void> {
  const coverage = coverageOf(summary);
  if (json) {
    context.print(JSON.stringify({ ...summary, coverage, elapsed_s }, null, 2));
    return;
  }
  const { storms, failed, injected } = summary;
  for (const one of failed) printFailure(one, context);
  const faults = Object.values(injected).reduce((sum, count) => sum + count, 0);
  const rate = (storms / elapsed_s).toFixed(1);
  context.print(
    `${storms} storms with ${faults} faults in ${duration(elapsed_s)} (${rate}/s): ` +
      (failed.length === 0 ? 'nothing lost, doubled or stuck' : `${failed.length} failed`),
  );
  const kinds = Object.entries(injected).sort(([, a], [, b]) => b - a);
  if (kinds.length > 0) context.print(kinds.map(([kind, n]) => `${kind} ${n}`).join(', '));
  printCoverage(coverage, context.print);
  const [first] = failed;
  if (!first?.smallest) return;
  const { smallest: plan, repeat } = first;
  await tellStory(plan, { file: story, repeat }, context);
}

function printFailure(failed: FailedStorm, context: CommandContext): void {
  const { seed, problems, smallest, smallestProblems = [], attempts, repeat } = failed;
  context.print(`seed ${seed} failed:`);
  for (const problem of firstOf(problems)) context.print(`  ${problem}`);
  if (smallest) {
    const { ous, sites, faults, duration_ms } = smallest;
    context.print(
      `smallest that still fails (${attempts} tried): ${ous} OUS, ${sites.join(' and ')}, ` +
        `${duration_ms / 1000} s, ${faults.length} faults:`,
    );
    for (const fault of faults) context.print(`  ${describeFault(fault)}`);
    for (const problem of firstOf(smallestProblems)) context.print(`  → ${problem}`);
  }
  context.print(`repeat it with: ${repeat}`);
}

function firstOf(problems: readonly string[]): string[] {
  const shown = problems.slice(0, PROBLEMS_SHOWN).map((problem) => problem.split('\n')[0] ?? '');
  const more = problems.length - shown.length;
  return more > 0 ? [...shown, `and ${more} more`] : shown;
}

const CALLS_SHOWN = 12;

function printCoverage({ transitions, strikes, neverStruck }: Coverage, print: Print): void {
  print(
    `reached: ${transitions.reached} of ${transitions.all} steps of the life cycle, ` +
      `${strikes.reached} of ${strikes.all} port calls × kill and freeze, before and after`,
  );
  if (transitions.never.length > 0) print(`steps never seen: ${transitions.never.join(', ')}`);
  if (neverStruck.length === 0) return;
  const shown = neverStruck.slice(0, CALLS_SHOWN).join(', ');
  const more = neverStruck.length - CALLS_SHOWN;
  print(`calls that nothing befell: ${shown}${more > 0 ? ` and ${more} more` : ''}`);
}

type Print = (text: string) => void;
