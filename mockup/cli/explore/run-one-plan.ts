// `draws explore --plan FILE`: one storm that was kept.

import { runStorm } from '../../simulator/storm/run-storm.ts';
import type { StormPlan } from '../../simulator/storm/storm-plan.ts';
import type { CommandContext } from '../command.ts';
import { tellStory } from './tell-story.ts';

/** Returns the exit code. */
export async function runOnePlan(
  plan: StormPlan,
  { file, json, story }: { file: string; json?: boolean; story?: string },
  context: CommandContext,
): Promise<number> {
  const repeat = `draws explore --plan ${file}`;
  const outcome =
    story === undefined
      ? await runStorm(plan)
      : await tellStory(plan, { file: story, repeat }, context);
  if (json) context.print(JSON.stringify(outcome, null, 2));
  else if (outcome.problems.length === 0) context.print('nothing lost, doubled or stuck');
  else for (const problem of outcome.problems) context.print(problem.split('\n')[0] ?? '');
  return outcome.problems.length === 0 ? 0 : 1;
}
