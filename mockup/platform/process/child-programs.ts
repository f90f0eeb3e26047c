// The live adapter of Programs: child processes. Each has a lifeline (an IPC channel, whose other
// end is `lifeline`) and ends when this process dies. It leads a process group of its own: Ctrl-C
// at the terminal reaches this process alone, which stops its children in order, and what a child
// leaves behind in its group is ended with it.

import { mkdir } from 'node:fs/promises';
import { execa } from 'execa';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../log/logger.ts';
import { createProgramOutput } from './program-output.ts';
import type { ProgramExit, Programs, RunOptions } from './programs.ts';

interface Command {
  file: string;
  args: readonly string[];
}

export interface ChildProgramsOptions {
  /** How a program of this product is started; its arguments are appended. */
  command(program: string): Command;
  log: Logger;
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
      const child = start(command, args, runOptions);
      const log = options.log.child({ program, programPid: child.pid });
      const output = createProgramOutput(log);
      output.follow(child.stdout, 'stdout');
      output.follow(child.stderr, 'stderr');
      const release = stopOnAbort(child, signal, options.stopLimit_ms ?? STOP_LIMIT_MS);
      child.nodeChildProcess.once('exit', () => signalGroup(child, 'SIGKILL'));
      log.debug({ args, directory }, 'program starts');
      const exit = await settle(program, child).finally(release);
      log.debug(exit, 'program ended');
      return { ...exit, lastLines: output.lastLines };
    },
  };
}

type Child = ReturnType<typeof start>;

function start(command: Command, args: readonly string[], { env = {}, directory }: RunOptions) {
  return execa(command.file, [...command.args, ...args], {
    env,
    cwd: directory ?? '.',
    ipc: true,
    serialization: 'json',
    detached: true,
    cleanup: false,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
  });
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
  const result = await child;
  if (result.exitCode !== undefined) return { exitCode: result.exitCode, signal: null };
  if (result.signal !== undefined) return { exitCode: null, signal: result.signal };
  throw new AppError('program_not_started', `can't start ${program}: ${result.originalMessage}`, {
    cause: result,
    hint: result.code === 'ENOENT' ? 'is it installed?' : undefined,
  });
}

async function makeRunDirectory(program: string, directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new AppError('program_not_started', `can't start ${program}: ${reason}`, { cause });
  }
}
