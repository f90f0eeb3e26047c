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
  claim(lock, path);
  const release = (keep: boolean): void => {
    process.off('exit', onExit);
    rmSync(lock, { force: true });
    if (temporary && !keep) rmSync(path, { recursive: true, force: true });
  };
  // Where the process ends without its stop: whoever read its output wants no more of it.
  const onExit = (): void => {
    try {
      release(false);
    } catch {
      // Its children are still writing there.
    }
  };
  process.on('exit', onExit);
  return { path, logs, release };
}

function claim(lock: string, path: string): void {
  const text = JSON.stringify({ pid: process.pid, machine: machineIdentity() });
  if (writeNew(lock, text)) return;
  refuseIfUsed(lock, path);
  rmSync(lock, { force: true });
  if (writeNew(lock, text)) return;
  throw new AppError('data_in_use', `another line starts on ${path} at this moment`, {
    hint: 'stop it with Ctrl-C there, or give another --data',
  });
}

/** False where the file is there already: of two lines that start at once one gets it. */
function writeNew(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
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
