// The live adapter of Programs: child processes. Each has a lifeline (an IPC channel, whose other
// end is `lifeline`) and ends when this process dies. It leads a process group of its own: Ctrl-C
// at the terminal reaches this process alone, which stops its children in order, and what a child
// leaves behind in its group is ended with it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../log/logger.ts';
import { createProgramOutput } from './program-output.ts';
import type { ProgramExit, Programs } from './programs.ts';

interface Command {
  file: string;
  args: readonly string[];
}

export interface ChildProgramsOptions {
  /** How a program of this product is started; its arguments are appended. */
  command(program: string): Command;
  log: Logger;
  /** What all of them inherit. */
  env: Readonly<Record<string, string | undefined>>;
  /** Between SIGTERM and SIGKILL. Default 5 s. */
  stopLimit_ms?: number;
}

const STOP_LIMIT_MS = 5000;

export function createChildPrograms(options: ChildProgramsOptions): Programs {
  return {
    async run(program, args, runOptions = {}) {
      const { signal, directory } = runOptions;
      signal?.throwIfAborted();
      const command = options.command(program);
      if (directory !== undefined) await makeRunDirectory(program, directory);
      const env = { ...options.env, ...runOptions.env };
      const child = start(command, args, { ...runOptions, env });
      const log = options.log.child({ program, programPid: child.pid });
      const output = createProgramOutput(log);
      output.follow(child.stdout, 'stdout');
      output.follow(child.stderr, 'stderr');
      const release = stopOnAbort(child, signal, options.stopLimit_ms ?? STOP_LIMIT_MS);
      child.once('exit', () => signalGroup(child, 'SIGKILL'));
      log.debug({ args, directory }, 'program starts');
      const exit = await settle(program, child).finally(release);
      log.debug(exit, 'program ended');
      return { ...exit, lastLines: output.lastLines };
    },
  };
}

type Child = ChildProcess & { stdout: Readable; stderr: Readable };

/** Without a library: the driver loads it between an assignment and the Pipeline's start. */
function start(
  command: Command,
  args: readonly string[],
  { env, directory }: { env: NodeJS.ProcessEnv; directory?: string },
): Child {
  return spawn(command.file, [...command.args, ...args], {
    env,
    cwd: directory ?? '.',
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  }) as Child;
}

/** Asks the child to end when the signal is aborted; after the limit its whole group is killed. */
function stopOnAbort(
  child: Child,
  signal: AbortSignal | undefined,
  stopLimit_ms: number,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    child.kill('SIGTERM');
    timer = setTimeout(() => signalGroup(child, 'SIGKILL'), stopLimit_ms);
  };
  if (signal?.aborted) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
}

function signalGroup(child: Child, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}

async function settle(program: string, child: Child): Promise<Omit<ProgramExit, 'lastLines'>> {
  try {
    // After its end, when all that it wrote has been read; rejects where it did not start.
    const [exitCode, signal] = await once(child, 'close');
    return { exitCode, signal };
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    throw new AppError('program_not_started', `can't start ${program}: ${message}`, {
      cause: error,
      hint: code === 'ENOENT' ? 'is it installed?' : undefined,
    });
  }
}

async function makeRunDirectory(program: string, directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new AppError('program_not_started', `can't start ${program}: ${reason}`, { cause });
  }
}
