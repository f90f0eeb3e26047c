// The live adapter of TreeSync: rsync, over ssh where the source is on another host. What is new
// here arrives in a staging directory and gets its name when it is complete and on the disk, so a
// products directory that can be seen is whole.

import { createHash } from 'node:crypto';
import { lstat, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Logger } from '../log/logger.ts';
import { flush, flushTree, makeDirectories } from './durable.ts';
import { comparisonArguments, DEFAULT_RSH, rsyncArguments, sourceOf } from './rsync-command.ts';
import { rsyncFailure } from './rsync-failure.ts';
import { NameTakenError, type TreeSync, TreeSyncError } from './tree-sync.ts';

export interface RsyncTreeSyncOptions {
  log: Logger;
  /** The remote shell with its options, as for `rsync -e`. Default: ssh that never asks. */
  rsh?: string;
  /** A transfer that moves nothing for so long fails. Default 60 s. */
  ioTimeout_s?: number;
  /** The program. Default `rsync`, looked up in PATH. */
  rsync?: string;
}

const STOP_LIMIT_MS = 3000;

export function createRsyncTreeSync(options: RsyncTreeSyncOptions): TreeSync {
  const { rsh = DEFAULT_RSH, ioTimeout_s = 60, rsync = 'rsync' } = options;
  const transfer = async (from: string, into: string, signal?: AbortSignal) => {
    await runRsync(rsync, rsyncArguments({ rsh, ioTimeout_s, from, into }), from, signal);
  };
  const compare = (from: string, into: string, signal?: AbortSignal) =>
    runRsync(rsync, comparisonArguments({ rsh, ioTimeout_s, from, into }), from, signal);
  return {
    async pull(source, name, directory, signal) {
      const from = sourceOf(source, name);
      signal?.throwIfAborted();
      options.log.debug({ from, directory }, 'rsync starts');
      try {
        await pullInto(directory, name, {
          transfer: (into) => transfer(from, into, signal),
          differences: async () => lines(await compare(from, directory, signal)),
        });
      } catch (error) {
        if (signal?.aborted || error instanceof TreeSyncError) throw error;
        throw localFailure(from, error);
      }
      options.log.debug({ from, directory }, 'rsync ended');
    },
  };
}

async function pullInto(
  directory: string,
  name: string,
  from: { transfer(into: string): Promise<void>; differences(): Promise<string[]> },
): Promise<void> {
  const target = join(directory, name);
  // The same for each attempt, so that an interrupted transfer goes on where it was.
  const staging = join(directory, `.incoming-${digest(name)}`);
  await makeDirectories(directory);
  if (await exists(target)) {
    const [difference] = await from.differences();
    if (difference !== undefined) throw new NameTakenError(name, difference);
    // What another pull of this name brought, which found it in place when it had all.
    await rm(staging, { recursive: true, force: true });
    return;
  }
  await makeDirectories(staging);
  await from.transfer(staging);
  const arrived = join(staging, name);
  await flushTree(arrived);
  await rename(arrived, target);
  await flush(directory);
  await rm(staging, { recursive: true, force: true });
}

async function runRsync(
  program: string,
  args: string[],
  from: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const result = await execa(program, args, {
    stdin: 'ignore',
    stdout: 'pipe',
    env: { LC_ALL: 'C' },
    reject: false,
    forceKillAfterDelay: STOP_LIMIT_MS,
    ...(signal !== undefined && { cancelSignal: signal }),
  });
  if (signal?.aborted) throw signal.reason;
  if (!result.failed) return result.stdout;
  if (result.code === 'ENOENT') {
    throw new TreeSyncError(`there is no program ${program}`, {
      retriable: false,
      hint: 'install rsync',
      cause: result,
    });
  }
  const { exitCode, signal: endedBy, stderr } = result;
  if (exitCode === undefined && endedBy === undefined) {
    throw new TreeSyncError(`${program} can't be run: ${result.shortMessage}`, {
      retriable: false,
      cause: result,
    });
  }
  throw rsyncFailure({ exitCode, signal: endedBy, stderr, from });
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** A failure at this end; two pulls of one name at a time end so for one of them. */
function localFailure(from: string, error: unknown): TreeSyncError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const denied = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
  return new TreeSyncError(`copy of ${from} can't be kept: ${(error as Error).message}`, {
    retriable: !denied,
    cause: error,
    ...(denied && { hint: 'may this user write there?' }),
  });
}

async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}

function digest(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 12);
}
