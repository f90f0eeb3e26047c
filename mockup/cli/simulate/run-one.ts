// Runs one scenario once, and prints the answers.

import { writeFileSync } from 'node:fs';
import { describeError } from '../../core/errors.ts';
import type { CycleRecord } from '../../simulator/measures/cycle-record.ts';
import { queuesOf } from '../../simulator/measures/queues.ts';
import { quantileShares, type Summary, summaryOf } from '../../simulator/measures/summary.ts';
import { type Progress, runCycle } from '../../simulator/observatory/run-cycle.ts';
import { csvOf } from '../../simulator/report/csv.ts';
import { headline, textSections } from '../../simulator/report/text-report.ts';
import type { CommandContext } from '../command.ts';
import { UsageError } from '../usage-error.ts';
import { oneMoreSection } from './one-more.ts';
import { printSections, toJson } from './print-report.ts';
import { RemainingTime } from './remaining-time.ts';
import type { Plan, SimulateOptions } from './simulate-options.ts';

/** Gives the exit code. */
export async function runOne(
  plan: Plan,
  options: SimulateOptions,
  context: CommandContext,
  signal: AbortSignal,
): Promise<number> {
  const { scenario, names, goal } = plan;
  const record = await runShown(plan, context, signal);
  const summary = summaryOf(record);
  if (options.csv !== undefined) writeOut(options.csv, csvOf(record));
  if (options.record !== undefined) writeOut(options.record, JSON.stringify(record));
  if (options.report !== undefined) {
    const { cyclePage } = await import('../../simulator/report/cycle-page.ts');
    writeOut(options.report, cyclePage(record, summary, scenario.description));
  }
  const isMet = goal ? goal.isMet(goal.measure(summary)) : true;
  if (options.json) {
    context.print(toJson(jsonOf(record, summary, goal && { text: goal.text, isMet })));
    return isMet ? 0 : 1;
  }
  context.print(headline(summary));
  printSections(context, textSections(record, summary));
  if (options.oneMore) {
    const more = await oneMoreSection(plan, summary, names, context, signal);
    printSections(context, [more]);
  }
  if (goal) context.print(`\n${goal.text}: ${isMet ? 'met' : 'not met'}`);
  return isMet ? 0 : 1;
}

async function runShown(
  { scenario, names }: Plan,
  context: CommandContext,
  signal: AbortSignal,
): Promise<CycleRecord> {
  const remaining = new RemainingTime(context.stderr);
  const onProgress = ({ now_ms, delivered, ouss }: Progress): void => {
    const day = new Date(now_ms).toISOString().slice(0, 10);
    remaining.show(delivered / Math.max(ouss, 1), `${day}, ${delivered} of ${ouss} delivered`);
  };
  try {
    return await runCycle(scenario, { names, onProgress, signal });
  } finally {
    remaining.end();
  }
}

/** Quantiles by their names, for programs. */
function jsonOf(
  record: CycleRecord,
  summary: Summary,
  goal: { text: string; isMet: boolean } | undefined,
) {
  const timings = Object.entries(summary.timings).map(([name, { quantiles_s, ...rest }]) => {
    const quantiles = quantileShares.map((share, place) => [
      `p${share * 100}`,
      quantiles_s[place],
    ]);
    return [name, { ...rest, quantiles_s: Object.fromEntries(quantiles) }];
  });
  const queues = queuesOf(record);
  const days = queues.days_ms.map((day_ms) => new Date(day_ms).toISOString().slice(0, 10));
  return {
    ...summary,
    timings: Object.fromEntries(timings),
    queues: { days, lengths: queues.lengths },
    ...(goal && { goal }),
  };
}

function writeOut(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new UsageError(`can't write ${path}: ${describeError(error)}`, { cause: error });
  }
}
