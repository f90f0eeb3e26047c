// A lock on a directory that names who holds it. That of a dead process is taken over; that of a
// process on another machine (or in another container) when it has shown no sign of life for a
// while.

import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { isProcessGone, machineIdentity } from '../../platform/process/machine-identity.ts';
import { writeSmallFile } from './small-file.ts';

export interface LockHolder {
  pid: number;
  host: string;
  machine: string;
  started: string;
  /** What it runs, for the person who reads it. */
  what: string;
}

export interface DirectoryLock {
  /** Throws AppError `lock_lost` where somebody else has it by now; else shows a sign of life. */
  renew(): void;
  release(): void;
}

/** After so long without a sign of life, where it can't be seen whether the process still runs. */
const SIGN_OF_LIFE_MS = 30_000;
/** Where a process of that pid runs: it may be another one, that got the same pid. */
const SAME_PID_MS = 300_000;
/** Paths of the locks that this very process holds. */
const heldHere = new Set<string>();

export interface LockOptions {
  path: string;
  what: string;
  now_ms(): number;
  started: string;
  /** For its content where the disk of `path` is full. */
  spare?: string | undefined;
}

/** Throws AppError `locked`, which says by whom. */
export function lockDirectory(options: LockOptions): DirectoryLock {
  const { path, what, started } = options;
  const self: LockHolder = {
    pid: process.pid,
    host: hostname(),
    machine: machineIdentity(),
    started,
    what,
  };
  const content = `${JSON.stringify(self)}\n`;
  mkdirSync(dirname(path), { recursive: true });
  const own = `${path}.${process.pid}`;
  writeSmallFile(own, content, options.spare);
  try {
    for (let attempt = 0; !tryLink(own, path); attempt++) {
      takeOver(options, `${path}.stale.${process.pid}`, attempt);
    }
  } finally {
    rmSync(own, { force: true });
  }
  heldHere.add(path);
  const isOwn = () => readText(path) === content;
  return {
    renew() {
      if (!isOwn()) {
        throw new AppError('lock_lost', `the lock ${path} was taken by ${describe(path)}`);
      }
      const now_s = options.now_ms() / 1000;
      utimesSync(path, now_s, now_s);
    },
    release() {
      heldHere.delete(path);
      if (isOwn()) rmSync(path, { force: true });
    },
  };
}

/** Who holds the lock; undefined where nobody does, or the process is gone. */
export function lockHolder(path: string, now_ms: number): LockHolder | undefined {
  const holder = parseHolder(readText(path));
  return holder && !isStale(path, holder, now_ms) ? holder : undefined;
}

/** Moves a stale lock away. Whoever moves the wrong one (another was quicker) puts it back. */
function takeOver({ path, now_ms }: LockOptions, aside: string, attempt: number): void {
  const text = readText(path);
  if (text === undefined && attempt < 100) return;
  const holder = parseHolder(text);
  if (attempt >= 100 || (holder && !isStale(path, holder, now_ms()))) {
    throw new AppError('locked', `the buffer is managed by ${describe(path)}`, {
      hint: 'one manager per buffer; stop the other one first',
    });
  }
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (readText(aside) !== text) tryLink(aside, path);
  rmSync(aside, { force: true });
}

function isStale(path: string, holder: LockHolder, now_ms: number): boolean {
  if (isProcessGone(holder.machine, holder.pid)) return true;
  const here = holder.machine !== '' && holder.machine === machineIdentity();
  // Containers start with the same pid again and again.
  if (here && holder.pid === process.pid) return !heldHere.has(path);
  const stats = statSync(path, { throwIfNoEntry: false });
  const limit_ms = here ? SAME_PID_MS : SIGN_OF_LIFE_MS;
  return stats === undefined || now_ms - stats.mtimeMs > limit_ms;
}

function describe(path: string): string {
  const holder = parseHolder(readText(path));
  if (!holder) return 'another process';
  return `process ${holder.pid} on ${holder.host} since ${holder.started} (${holder.what})`;
}

function parseHolder(text: string | undefined): LockHolder | undefined {
  try {
    const holder = JSON.parse(text ?? '');
    return typeof holder.pid === 'number' ? holder : undefined;
  } catch {
    return undefined;
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
