// Which pipeline runs for which survey: a YAML list, whose first entry that matches is taken.

import { parse } from 'yaml';
import { z } from 'zod';
import { InvalidInputError } from '../../core/errors.ts';
import type { Visit } from '../../core/prompt/visit.ts';

const table = z.array(
  z.strictObject({
    /** Without it the entry is for every survey, also for none. */
    survey: z.string().optional(),
    /** Empty: such visits are ignored. */
    pipelines: z.array(z.string().min(1).max(200)).nullable().default([]),
  }),
);

export type PipelineTable = z.infer<typeof table>;

export const DEFAULT_PIPELINE = 'ApPipe.yaml';
const ENTRIES_MAX = 1000;

/** Throws InvalidInputError that names the entry. */
export function readPipelineTable(text: string): PipelineTable {
  let given: unknown;
  try {
    given = parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw new InvalidInputError(`PIPELINES_CONFIG is no YAML: ${(error as Error).message}`);
  }
  const read = table.max(ENTRIES_MAX).safeParse(given);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new InvalidInputError(`PIPELINES_CONFIG: ${issue?.path.join('.')}: ${issue?.message}`, {
    hint: 'it is a list of {survey: NAME, pipelines: [FILE, …]}',
  });
}

/**
 * In the order in which they are tried. None: the visit is to be ignored. Without a table every visit has
 * the default pipeline.
 */
export function pipelinesFor(
  pipelines: PipelineTable | undefined,
  { survey }: Pick<Visit, 'survey'>,
): readonly string[] {
  if (!pipelines) return [DEFAULT_PIPELINE];
  const found = pipelines.find((entry) => entry.survey === undefined || entry.survey === survey);
  return found?.pipelines ?? [];
}
