// The directory in which a line keeps everything. One line at a time: two servers on the same
// database files would spoil them.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { isProcessGone, machineIdentity } from '../../platform/process/machine-identity.ts';

export interface DataDirectory {
  path: string;
  logs: string;
  /** Ends the claim; a directory that was made for this run goes if all went well. */
  release(keep: boolean): void;
}

const DEFAULT_DIRECTORY = '.draws';

/**
 * `given`: an absolute path. Without it: `.draws` here, or for a single run (`once`) a new
 * directory. Throws AppError `data_in_use` where another line runs on it.
 */
export function openDataDirectory(given: string | undefined, once: boolean): DataDirectory {
  const temporary = given === undefined && once;
  const path = temporary
    ? mkdtempSync(join(tmpdir(), 'draws-'))
    : (given ?? resolve(DEFAULT_DIRECTORY));
  const logs = join(path, 'logs');
  mkdirSync(logs, { recursive: true });
  const lock = join(path, 'up.json');
  refuseIfUsed(lock, path);
  writeFileSync(lock, JSON.stringify({ pid: process.pid, machine: machineIdentity() }));
  return {
    path,
    logs,
    release: (keep) => {
      rmSync(lock, { force: true });
      if (temporary && !keep) rmSync(path, { recursive: true, force: true });
    },
  };
}

function refuseIfUsed(lock: string, path: string): void {
  let holder: { pid: number; machine: string };
  try {
    holder = JSON.parse(readFileSync(lock, 'utf8'));
  } catch {
    return;
  }
  const ours = holder.pid === process.pid || holder.machine !== machineIdentity();
  if (ours || isProcessGone(holder.machine, holder.pid)) return;
  throw new AppError('data_in_use', `a line runs on ${path} already (process ${holder.pid})`, {
    hint: 'stop it with Ctrl-C there, or give another --data',
  });
}
