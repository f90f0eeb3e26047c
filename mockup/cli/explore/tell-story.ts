// Runs the smallest storm that fails once more, and tells what happened in it.

import { writeFileSync } from 'node:fs';
import { runStorm, type StormOutcome } from '../../simulator/storm/run-storm.ts';
import type { StormPlan } from '../../simulator/storm/storm-plan.ts';
import { mermaidOf } from '../../simulator/story/mermaid.ts';
import { Story } from '../../simulator/story/story.ts';
import { storyPage } from '../../simulator/story/story-page.ts';
import type { CommandContext } from '../command.ts';

/** `file`: where the page is written; without it there is the text alone. */
export async function tellStory(
  plan: StormPlan,
  { file, repeat }: { file: string | undefined; repeat: string },
  context: CommandContext,
): Promise<StormOutcome> {
  const story = new Story();
  const outcome = await runStorm(plan, story);
  story.end(outcome.problems);
  context.print(mermaidOf(story));
  if (file === undefined) return outcome;
  writeFileSync(file, storyPage(story, plan, repeat));
  context.print(`the story is in ${file}`);
  return outcome;
}
