// What a person needs to read of a failure: its root cause in one line, not the last wrapping.

import { AppError, describeError } from '../../../core/errors.ts';
import type { ToolResult } from '../../process/tool-runner.ts';

const LENGTH_MAX = 1000;
const CHAINED = /^The above exception was the direct cause of|^During handling of the above/m;

/** A tool ended with an error: its own words, and how it ended. */
export class ToolFailedError extends AppError {
  constructor(tool: string, result: ToolResult) {
    super('tool_failed', messageOf(tool, result), { retriable: false });
  }
}

function messageOf(tool: string, result: ToolResult): string {
  if (result.notStarted === 'ENOENT') return `there is no program ${tool}`;
  if (result.notStarted) return `${tool} could not be started: ${result.notStarted}`;
  const how =
    result.exitCode === undefined ? `signal ${result.signal}` : `exit code ${result.exitCode}`;
  const cause = rootCauseIn(result.stderr) ?? rootCauseIn(result.stdout);
  return cause ? `${cause} (${tool}: ${how})` : `${tool} ended with ${how}`;
}

/** The last line, or of chained Python tracebacks the last line of the first. */
export function rootCauseIn(output: string): string | undefined {
  const chained = CHAINED.exec(output);
  const part = chained ? output.slice(0, chained.index) : output;
  const lines = part.split('\n').map((line) => line.trim());
  return lines.findLast((line) => line !== '')?.slice(0, LENGTH_MAX);
}

/** The innermost error of a chain of causes, in one line. */
export function rootCauseOf(error: unknown): string {
  let at = error;
  for (let depth = 0; depth < 100 && at instanceof Error && at.cause !== undefined; depth++) {
    at = at.cause;
  }
  return describeError(at)
    .replaceAll(/\s*\n\s*/g, ' ')
    .slice(0, LENGTH_MAX);
}

const PASSING_CODES =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|ETIMEDOUT|EAI_AGAIN|EPIPE|EHOSTUNREACH|ENETUNREACH|EBUSY|EAGAIN|ENOSPC|EMFILE|ENFILE|UND_ERR_\w+)$/;

/** True where the same attempt may succeed later by itself. */
export function isPassing(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { retriable, code } = at as { retriable?: unknown; code?: unknown };
    if (typeof retriable === 'boolean') return retriable;
    if (typeof code === 'string' && PASSING_CODES.test(code)) return true;
  }
  return false;
}
