// What `hdfmgr check` and `endmgr check` have in common: their options, the place that they keep, and
// how they tell what they found.

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { z } from 'zod';
import {
  type CheckFinding,
  type CheckPlace,
  CheckRun,
  type CheckRunOptions,
} from '../../dbb/records/check-run.ts';
import { createSystemClock } from '../../platform/clock/system-clock.ts';
import type { CommandContext } from '../command.ts';
import { UsageError } from '../usage-error.ts';

export interface CheckOptions {
  json?: boolean;
  rate?: string;
  limit?: string;
  place?: string;
}

const place = z.strictObject({
  phase: z.string(),
  after: z.string(),
  counts: z.record(z.string(), z.number()),
});

export function addCheckOptions(command: Command): Command {
  return command
    .option('--json', 'one JSON object per finding, and the counts as the last one')
    .option('--rate <files>', 'so many files per second at most')
    .option('--limit <files>', 'end after about so many; with --place the next run goes on there')
    .option('--place <file>', 'where it keeps its place; gone when all was compared')
    .addHelpText(
      'after',
      '\nExit code: 0 all agrees, 1 it does not, 4 it ended before the end (--limit).',
    );
}

/** `kinds` are counted from 0, in this order. */
export function startCheck(
  options: CheckOptions,
  kinds: readonly string[],
  context: CommandContext,
): CheckRun {
  const run: CheckRunOptions = {
    clock: createSystemClock(),
    rate: positive(options.rate, '--rate'),
    limit: positive(options.limit, '--limit'),
    place: options.place === undefined ? undefined : placeIn(options.place),
    onFinding: (finding) => context.print(options.json ? JSON.stringify(finding) : shown(finding)),
  };
  return new CheckRun(run, kinds);
}

/** The counts, and the exit code by those of `faults`. */
export function endCheck(
  run: CheckRun,
  { isComplete, faults, json }: { isComplete: boolean; faults: readonly string[]; json?: boolean },
  context: CommandContext,
): void {
  const { counts } = run;
  const words = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  const text = `${words.join(', ')}${isComplete ? '' : '; ended before all was compared'}`;
  context.print(json ? JSON.stringify({ ...counts, complete: isComplete }) : text);
  if (faults.some((kind) => (counts[kind] ?? 0) > 0)) context.exitWith(1);
  else if (!isComplete) context.exitWith(4);
}

function shown({ kind, path, detail }: CheckFinding): string {
  return `${kind} ${JSON.stringify(path)}: ${detail}`;
}

function positive(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new UsageError(`${option} is a number of files, not ${JSON.stringify(text)}`);
}

function placeIn(path: string) {
  return {
    read(): CheckPlace | undefined {
      let text: string;
      try {
        text = readFileSync(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
      const parsed = place.safeParse(parseJson(text));
      if (parsed.success) return parsed.data;
      throw new UsageError(`${path} holds no place of a check`, {
        hint: 'remove it to begin anew',
      });
    },
    write(content: CheckPlace): void {
      writeFileSync(`${path}.new`, `${JSON.stringify(content)}\n`);
      renameSync(`${path}.new`, path);
    },
    clear: () => rmSync(path, { force: true }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
