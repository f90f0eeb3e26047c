// Runs every setting with every seed on all cores, prints what came of them, and says which is the
// cheapest that meets the goal.

import { writeFileSync } from 'node:fs';
import { checkScenario } from '../../simulator/cycle/read-scenario.ts';
import { cheapest, type SettingResult, settingResult } from '../../simulator/grid/grid-result.ts';
import { withSetting } from '../../simulator/grid/settings.ts';
import { showDuration } from '../../simulator/quantity/duration.ts';
import { gridSections } from '../../simulator/report/grid-report.ts';
import type { CommandContext } from '../command.ts';
import { runOnThreads } from './cycle-threads.ts';
import { printSections, toJson } from './print-report.ts';
import { RemainingTime } from './remaining-time.ts';
import type { Plan, SimulateOptions } from './simulate-options.ts';

/** Gives the exit code. */
export async function runGrid(
  plan: Plan,
  options: SimulateOptions,
  context: CommandContext,
  signal: AbortSignal,
): Promise<number> {
  const { varied, goal } = plan;
  const results = await resultsOf(plan, context, signal);
  const best = cheapest(results);
  const isMet = !goal || best !== undefined;
  if (options.report !== undefined) {
    const { gridPage } = await import('../../simulator/report/grid-page.ts');
    writeFileSync(options.report, gridPage(plan.scenario.name, varied, results, goal?.text));
  }
  if (options.json) {
    context.print(
      toJson({ scenario: plan.scenario.name, goal: goal?.text, results, cheapest: best }),
    );
    return isMet ? 0 : 1;
  }
  printSections(context, gridSections(varied, results));
  if (goal) context.print(verdict(goal.text, best));
  return isMet ? 0 : 1;
}

async function resultsOf(
  { name, content, names, settings, seeds, goal, jobs }: Plan,
  context: CommandContext,
  signal: AbortSignal,
): Promise<SettingResult[]> {
  const contents = settings.map((setting) => withSetting(content, setting));
  const tasks = contents.flatMap((one) =>
    seeds.map((seed) => ({ name, content: { ...one, seed }, names })),
  );
  const remaining = new RemainingTime(context.stderr);
  try {
    const summaries = await runOnThreads(tasks, {
      threads: jobs,
      signal,
      onDone: (done) => remaining.show(done / tasks.length, `${done} of ${tasks.length} runs`),
    });
    return settings.map((setting, n) => {
      const own = summaries.slice(n * seeds.length, (n + 1) * seeds.length);
      return settingResult(setting, checkScenario(contents[n], name), own, goal);
    });
  } finally {
    remaining.end();
  }
}

function verdict(goal: string, best: SettingResult | undefined): string {
  if (!best) return `No setting meets ${goal}.`;
  const setting = Object.entries(best.setting).map(([key, value]) => `${key}=${value}`);
  const last = best.p90['observation-to-delivery'].median;
  const named = setting.length > 0 ? setting.join(' ') : 'the scenario as it is';
  const what = `cost ${best.cost.toFixed(1)}, p90 ${showDuration(last)}`;
  return `The cheapest that meets ${goal}: ${named} (${what}).`;
}
