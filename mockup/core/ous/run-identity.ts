// Which run of an assignment somebody speaks for. DRA names the assignment when it assigns; the
// attempt grows each time that the job is taken (it is the number of the claim). A process that was
// frozen while its job was taken over speaks for an attempt that is no longer the last: its effects
// are refused.

import { z } from 'zod';

export const runIdentity = z.object({
  assignment: z.string().min(1).max(300),
  /** From 1. */
  attempt: z.int().min(1).max(1_000_000),
});

export type RunIdentity = z.infer<typeof runIdentity>;

/**
 * True where a later attempt of the same assignment is known. Python actors name no run, and another
 * assignment is no proof: a replica may be behind.
 */
export function isSuperseded(run: RunIdentity | undefined, known: unknown): boolean {
  const current = readRun(known);
  if (run === undefined || current === undefined) return false;
  return run.assignment === current.assignment && run.attempt < current.attempt;
}

/** The run in a document that anybody may have written. */
export function readRun(value: unknown): RunIdentity | undefined {
  const { data } = runIdentity.safeParse(value);
  return data;
}

/** What the beginning of a later attempt leaves in the history. */
export function beginRunCause({ assignment, attempt }: RunIdentity): string {
  return `attempt ${attempt} of ${assignment}`;
}

export function begunRun(cause: string | undefined): RunIdentity | undefined {
  const [, attempt, assignment] = /^attempt (\d+) of (.+)$/s.exec(cause ?? '') ?? [];
  return readRun({ assignment, attempt: Number(attempt) });
}
