// A child process that works for this one and speaks messages with it, as a port with its live
// adapter. It leads a process group of its own, which ends with it: Ctrl-C at the terminal leaves
// its work alone, and what it started does not outlive it.

import { type ChildProcess, fork } from 'node:child_process';
import type { Logger } from '../../platform/log/logger.ts';
import { createProgramOutput } from '../../platform/process/program-output.ts';

export interface WorkerProcess<Request, Report> {
  /** Undefined where it could not be started. */
  readonly pid: number | undefined;
  send(message: Request): void;
  onReport(callback: (message: Report) => void): void;
  /** How it ended, in words; with the last line that it wrote, where there is one. */
  readonly ended: Promise<string>;
  /** Ends it and all that it started, at once. */
  kill(): void;
}

export type StartWorkerProcess = <Request extends object, Report>(
  log: Logger,
) => WorkerProcess<Request, Report>;

/** Keeps the compiled code of sources that run directly: it starts in half the time. */
const KEEP_COMPILED =
  'data:text/javascript,import module from "node:module";module.enableCompileCache();';

/** `module`: path of what runs in it. */
export function createWorkerProcesses(module: string): StartWorkerProcess {
  return <Request extends object, Report>(log: Logger) => {
    const child = fork(module, [], {
      detached: true,
      serialization: 'json',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: ['--disable-warning=ExperimentalWarning', '--import', KEEP_COMPILED],
    });
    const output = createProgramOutput(log);
    if (child.stdout) output.follow(child.stdout, 'stdout');
    if (child.stderr) output.follow(child.stderr, 'stderr');
    const ended = new Promise<string>((resolve) => {
      const end = (how: string): void => {
        killGroup(child);
        const said = output.lastLines.at(-1);
        resolve(said === undefined ? how : `${how}; its last words: ${said}`);
      };
      child.once('error', (error) => end(error.message));
      child.once('exit', (code, signal) => {
        const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
        // What it said last may still be on its way.
        if (child.connected) child.once('disconnect', () => end(how));
        else end(how);
      });
    });
    // A message to a process that has ended meanwhile is lost; `ended` tells it.
    child.on('error', () => {});
    return {
      pid: child.pid,
      send: (message: Request) => void child.send?.(message, () => {}),
      onReport: (callback: (message: Report) => void) =>
        void child.on('message', (message) => callback(message as Report)),
      ended,
      kill: () => killGroup(child),
    };
  };
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody of the group is left.
  }
}
