// Which run of an assignment somebody speaks for. DRA names the assignment when it assigns; the
// attempt grows each time that the job is taken (it is the number of the claim). A process that was
// frozen while its job was taken over speaks for an attempt that is no longer the last: its effects
// are refused.

export interface RunIdentity {
  assignment: string;
  /** From 1. */
  attempt: number;
}

export const ASSIGNMENT_LENGTH_MAX = 300;
export const ATTEMPT_MAX = 1_000_000;

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
  if (typeof value !== 'object' || value === null) return undefined;
  const { assignment, attempt } = value as Record<string, unknown>;
  if (typeof assignment !== 'string' || typeof attempt !== 'number') return undefined;
  const isLong = assignment === '' || assignment.length > ASSIGNMENT_LENGTH_MAX;
  if (isLong || !Number.isInteger(attempt) || attempt < 1 || attempt > ATTEMPT_MAX) {
    return undefined;
  }
  return { assignment, attempt };
}

/** What the beginning of a later attempt leaves in the history. */
export function beginRunCause({ assignment, attempt }: RunIdentity): string {
  return `attempt ${attempt} of ${assignment}`;
}

export function begunRun(cause: string | undefined): RunIdentity | undefined {
  const [, attempt, assignment] = /^attempt (\d+) of (.+)$/s.exec(cause ?? '') ?? [];
  return readRun({ assignment, attempt: Number(attempt) });
}
