// Asks before what can't be taken back.

import { createInterface } from 'node:readline/promises';
import type { CommandContext } from '../command.ts';
import { UsageError } from '../usage-error.ts';

/** Asks on a terminal; elsewhere nobody can answer, so `--yes` is needed: UsageError says `why`. */
export async function confirmed(
  context: CommandContext,
  { question, why }: { question: string; why: string },
): Promise<boolean> {
  if (!process.stdin.isTTY || !context.stdout.isTTY) {
    throw new UsageError(`${why} and there is no terminal to ask at`, { hint: 'give --yes' });
  }
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await lines.question(`${question} [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
