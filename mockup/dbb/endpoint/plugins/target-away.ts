// "The target is away" against "this file fails": where nothing can be ingested, no file is to blame.
// The ingester then waits for the target, and records no failure.

import { AppError } from '../../../core/errors.ts';
import type { ToolResult } from '../../process/tool-runner.ts';

export const TARGET_AWAY = 'target_away';

export class TargetAwayError extends AppError {
  /** Read by the process that runs the plugin; a user's own error may have it too. */
  readonly away = true;

  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(TARGET_AWAY, message, { ...options, retriable: true, outage: true });
  }
}

/** Of the system, and of fetch: nobody answers there. */
const AWAY_CODES =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENETDOWN|ETIMEDOUT|ECONNRESET|EPIPE|ESTALE|ENOTCONN|EROFS|ENOSPC|EDQUOT|database_unavailable|UND_ERR_(CONNECT_TIMEOUT|SOCKET|HEADERS_TIMEOUT))$/;

/** True where an error says that its target is away, not that a file fails. */
export function isAway(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { away, code } = at as { away?: unknown; code?: unknown };
    if (typeof away === 'boolean') return away;
    if (typeof code === 'string' && AWAY_CODES.test(code)) return true;
  }
  return false;
}

/** What a shell, or `env`, says of a program that it can't find, or may not run. */
const NO_PROGRAM = new Set([126, 127]);

/**
 * What tools print where the system behind them does not answer: words of the C library, of
 * libpq and of SQLAlchemy.
 */
const AWAY_WORDS =
  /\bOperationalError\b|could not connect to|connection (refused|reset|timed out)|no route to host|name or service not known|temporary failure in name resolution|stale (NFS )?file handle|transport endpoint is not connected|read-only file system|no space left on device|disk quota exceeded/i;

/** Why the target of a tool is away; undefined where it did answer. */
export function awayByTool(tool: string, result: ToolResult): TargetAwayError | undefined {
  const { notStarted, exitCode, stderr } = result;
  if (notStarted === 'ENOENT') {
    const hint = 'is it installed, and in PATH (or named in full by command)?';
    return new TargetAwayError(`there is no program ${tool}`, { hint });
  }
  if (notStarted) return new TargetAwayError(`${tool} could not be started: ${notStarted}`);
  const words = AWAY_WORDS.exec(stderr) && lineWith(stderr, AWAY_WORDS);
  if (exitCode !== undefined && NO_PROGRAM.has(exitCode)) {
    const last = stderr.trim().split('\n').at(-1) ?? '';
    return new TargetAwayError(`${tool} ended with exit code ${exitCode}: ${last}`.slice(0, 1000));
  }
  return words ? new TargetAwayError(`${words} (${tool})`) : undefined;
}

function lineWith(output: string, words: RegExp): string {
  const line = output.split('\n').find((one) => words.test(one)) ?? '';
  return line.trim().slice(0, 1000);
}
