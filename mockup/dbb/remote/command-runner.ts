// Any command of the system as a port: its arguments go to it as they are, never through a shell.

export interface CommandCall {
  /** Program and arguments. */
  argv: readonly string[];
  /** Given to its standard input; nothing is there without it. */
  input?: string | undefined;
  /** After so long it is ended. */
  timeout_ms?: number | undefined;
  /** Ends it when aborted. */
  signal?: AbortSignal | undefined;
}

/** Of an output that is shown because there is no message. */
const SAID_MAX = 300;

export interface CommandResult {
  /** Undefined where a signal ended it, or it could not be started. */
  exitCode: number | undefined;
  signal: string | undefined;
  /** Both bounded: beginning of the output, end of the messages. */
  stdout: string;
  stderr: string;
  timedOut: boolean;
  /** Where it could not be started: the system's code, such as ENOENT. */
  notStarted?: string;
  duration_ms: number;
}

export interface RunningCommand {
  /** The first bytes of its output that match; rejects where it ends before. */
  said(pattern: RegExp): Promise<void>;
  ended: Promise<CommandResult>;
  /** Closes its input, and ends it where that is not enough. */
  stop(): Promise<void>;
}

export interface CommandRunner {
  /** Never rejects: how it went is in the result. */
  run(call: CommandCall): Promise<CommandResult>;
  /** A command that stays; its input is open until it is stopped or this process dies. */
  start(argv: readonly string[]): RunningCommand;
  /** Waits for all that run, and ends them by force after the limit. */
  close(limit_ms: number): Promise<void>;
}

export function succeeded(result: CommandResult): boolean {
  return result.exitCode === 0 && !result.timedOut;
}

/** One line: what the command said last, or how it ended. */
export function describeResult(result: CommandResult): string {
  if (result.notStarted === 'ENOENT') return 'no such program';
  if (result.notStarted) return `could not be started: ${result.notStarted}`;
  if (result.timedOut) return `no end after ${Math.round(result.duration_ms / 1000)} s`;
  // A login shell that lets nobody in says so on its standard output.
  const last = lastLines(result.stderr, 3) ?? lastLines(result.stdout.slice(-SAID_MAX), 1) ?? [];
  const how =
    result.exitCode === undefined ? `signal ${result.signal}` : `exit code ${result.exitCode}`;
  return last.length > 0 ? `${last.join('; ')} (${how})` : how;
}

function lastLines(text: string, count: number): string[] | undefined {
  const lines = text.split('\n').map((line) => line.trim());
  const last = lines.filter((line) => line !== '').slice(-count);
  return last.length > 0 ? last : undefined;
}
