// The live adapter of CommandRunner: child processes. Each leads a process group of its own, so
// that Ctrl-C at the terminal leaves a transfer in flight alone, and a timeout ends all of it.

import { type ChildProcess, spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import type { Readable } from 'node:stream';
import type {
  CommandCall,
  CommandResult,
  CommandRunner,
  RunningCommand,
} from './command-runner.ts';

const OUTPUT_MAX = 4 * 1024 * 1024;
const MESSAGES_MAX = 64 * 1024;
const KILL_AFTER_MS = 3000;
const OUTPUT_AFTER_END_MS = 1000;

export function createSystemCommands(): CommandRunner {
  const running = new Set<{ child: ChildProcess; ended: Promise<unknown> }>();
  const begin = (call: CommandCall & { stays?: boolean }) => {
    const started = startChild(call);
    const entry = { child: started.child, ended: started.ended };
    running.add(entry);
    started.ended.finally(() => running.delete(entry));
    return started;
  };
  return {
    run: (call) => begin(call).ended,
    start(argv) {
      const { child, ended, said } = begin({ argv, stays: true });
      return { ended, said, stop: () => stopChild(child, ended) } satisfies RunningCommand;
    },
    async close(limit_ms) {
      const left = [...running];
      const timer = setTimeout(() => {
        for (const { child } of left) killGroup(child, 'SIGKILL');
      }, limit_ms);
      await Promise.all(left.map(({ ended }) => ended));
      clearTimeout(timer);
    },
  };
}

function startChild(call: CommandCall & { stays?: boolean }) {
  const [file = '', ...args] = call.argv;
  const since = performance.now();
  const piped = call.stays === true || call.input !== undefined;
  const child = spawn(file, args, {
    stdio: [piped ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const stdout = keepText(child.stdout, OUTPUT_MAX, 'start');
  const stderr = keepText(child.stderr, MESSAGES_MAX, 'end');
  child.stdin?.on('error', () => {});
  if (call.input !== undefined) child.stdin?.end(call.input);
  const limits = watchLimits(child, call);
  const ended = new Promise<CommandResult>((resolve) => {
    const finish = (result: Partial<CommandResult>): void => {
      limits.release();
      resolve({
        exitCode: undefined,
        signal: undefined,
        stdout: stdout.text(),
        stderr: stderr.text(),
        timedOut: limits.timedOut(),
        duration_ms: performance.now() - since,
        ...result,
      });
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined) finish({ notStarted: error.code ?? error.message });
    });
    whenGone(child, (code, signal) =>
      finish({ exitCode: code ?? undefined, signal: signal ?? undefined }),
    );
  });
  return { child, ended, said: (pattern: RegExp) => stdout.until(pattern, ended) };
}

/** It ended and said all; what it left running (a daemon) may keep its outputs open for ever. */
function whenGone(
  child: ChildProcess,
  callback: (code: number | null, signal: NodeJS.Signals | null) => void,
): void {
  child.once('exit', (code, signal) => {
    const timer = setTimeout(() => callback(code, signal), OUTPUT_AFTER_END_MS);
    child.once('close', () => {
      clearTimeout(timer);
      callback(code, signal);
    });
  });
}

function watchLimits(child: ChildProcess, { timeout_ms, signal }: CommandCall) {
  let timedOut = false;
  let force: NodeJS.Timeout | undefined;
  const end = (): void => {
    killGroup(child, 'SIGTERM');
    force = setTimeout(() => killGroup(child, 'SIGKILL'), KILL_AFTER_MS);
  };
  const timer =
    timeout_ms === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          end();
        }, timeout_ms);
  if (signal?.aborted) end();
  else signal?.addEventListener('abort', end, { once: true });
  return {
    timedOut: () => timedOut,
    release: () => {
      clearTimeout(timer);
      clearTimeout(force);
      signal?.removeEventListener('abort', end);
    },
  };
}

async function stopChild(child: ChildProcess, ended: Promise<CommandResult>): Promise<void> {
  child.stdin?.end();
  const term = setTimeout(() => killGroup(child, 'SIGTERM'), 500);
  const force = setTimeout(() => killGroup(child, 'SIGKILL'), KILL_AFTER_MS);
  await ended;
  clearTimeout(term);
  clearTimeout(force);
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}

/** Keeps the first (`start`) or last (`end`) characters of what a stream says. */
function keepText(stream: Readable | null, limit: number, which: 'start' | 'end') {
  let text = '';
  const listeners = new Set<() => void>();
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk: string) => {
    if (which === 'start') text += chunk.slice(0, Math.max(limit - text.length, 0));
    else text = (text + chunk).slice(-limit);
    for (const listener of listeners) listener();
  });
  stream?.on('error', () => {});
  return {
    text: () => text,
    until: (pattern: RegExp, ended: Promise<CommandResult>) =>
      new Promise<void>((resolve, reject) => {
        const look = (): void => {
          if (!pattern.test(text)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        ended.then((result) => reject(new Error(result.stderr.trim() || 'it ended')));
      }),
  };
}
