// The live adapter of TreeSync: rsync, over ssh where the source is on another host. What is new
// here arrives in a staging directory and gets its name when it is complete and on the disk, so a
// products directory that can be seen is whole.

import { createHash } from 'node:crypto';
import { lstat, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Logger } from '../log/logger.ts';
import { flush, flushTree, makeDirectories } from './durable.ts';
import { DEFAULT_RSH, rsyncArguments, sourceOf } from './rsync-command.ts';
import { rsyncFailure } from './rsync-failure.ts';
import { type TreeSync, TreeSyncError } from './tree-sync.ts';

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
  const run = async (from: string, into: string, signal?: AbortSignal) => {
    const rsh = options.rsh ?? DEFAULT_RSH;
    const args = rsyncArguments({ rsh, ioTimeout_s: options.ioTimeout_s ?? 60, from, into });
    await runRsync(options.rsync ?? 'rsync', args, from, signal);
  };
  return {
    async pull(source, name, directory, signal) {
      const from = sourceOf(source, name);
      signal?.throwIfAborted();
      options.log.debug({ from, directory }, 'rsync starts');
      try {
        await pullInto(directory, name, (into) => run(from, into, signal));
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
  transfer: (into: string) => Promise<void>,
): Promise<void> {
  const target = join(directory, name);
  // The same for each attempt, so that an interrupted transfer goes on where it was.
  const staging = join(directory, `.incoming-${digest(name)}`);
  await makeDirectories(directory);
  if (await exists(target)) {
    await transfer(directory);
    await flushTree(target);
    // What another pull of this name brought, which found it in place when it had all.
    await rm(staging, { recursive: true, force: true });
    return;
  }
  await makeDirectories(staging);
  await transfer(staging);
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
): Promise<void> {
  const result = await execa(program, args, {
    stdin: 'ignore',
    stdout: 'ignore',
    env: { LC_ALL: 'C' },
    reject: false,
    forceKillAfterDelay: STOP_LIMIT_MS,
    ...(signal !== undefined && { cancelSignal: signal }),
  });
  if (signal?.aborted) throw signal.reason;
  if (!result.failed) return;
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
