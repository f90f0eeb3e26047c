// What an earlier attempt at a job of this machine came to, where its `torque-maui` ended before XTSS had
// answered: the driver had ended, so its outcome is told, and nothing is run again. XTSS refuses it where a
// later attempt has begun since.

import { RESULT_FILE, type RunResult, readRunResult } from '../../core/programs/run-result.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { joinPath } from '../../platform/files/paths.ts';

export interface LeftOutcome {
  attempt: number;
  result: RunResult;
}

/** Undefined where the driver left none that can be read. */
export async function readResult(
  { files }: ActorPorts,
  runDirectory: string,
): Promise<RunResult | 'unreadable' | undefined> {
  const path = joinPath(runDirectory, RESULT_FILE);
  if (!(await files.stat(path))) return undefined;
  const text = Buffer.from(await files.read(path)).toString();
  try {
    return readRunResult(JSON.parse(text)) ?? 'unreadable';
  } catch {
    return 'unreadable';
  }
}

/** Of the last attempt before `before` that has a run directory; undefined where it ended otherwise. */
export async function outcomeLeftBy(
  ports: ActorPorts,
  runsDirectory: string,
  jobDirectory: string,
  before: number,
): Promise<LeftOutcome | undefined> {
  const entries = await ports.files.list(runsDirectory);
  const attempts = entries
    .filter(({ name }) => name.startsWith(`${jobDirectory}_`))
    .map(({ name }) => name.slice(jobDirectory.length + 1))
    .filter((text) => /^\d{1,7}$/.test(text) && Number(text) < before)
    .map(Number);
  if (attempts.length === 0) return undefined;
  const attempt = Math.max(...attempts);
  const result = await readResult(ports, joinPath(runsDirectory, `${jobDirectory}_${attempt}`));
  if (result === undefined || result === 'unreadable' || !result.untold) return undefined;
  return { attempt, result };
}
