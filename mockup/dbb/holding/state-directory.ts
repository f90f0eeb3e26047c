// The directory in which a manager keeps what must survive it: who it is, its journals, its last
// status. It goes when nothing is left to survive.

import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { writeSmallFile } from './small-file.ts';

export interface StateDirectory {
  /** Stays the same until the directory is removed. */
  readonly id: string;
  writeStatus(status: object): void;
  /** Forgets all where nothing is left that is still needed; true if so. */
  clear(): boolean;
}

const ID = 'id';
const OWNER = 'owner';
const STATUS = 'status.json';
/** Directories whose contents are needed by the next run. */
const NEEDED = ['journal', 'taken'];

/**
 * `newId` is used where there is none yet; `spare` is a directory on another disk, for when this
 * one is full. Throws AppError `state_in_use` where the directory is
 * another owner's: two that share it would take up one another's work.
 */
export function openStateDirectory(
  directory: string,
  newId: string,
  { owner, spare }: { owner?: string | undefined; spare?: string | undefined } = {},
): StateDirectory {
  mkdirSync(directory, { recursive: true });
  if (owner !== undefined) claim(directory, owner);
  const id = readOrWrite(join(directory, ID), newId, spare);
  return {
    id,
    writeStatus(status) {
      const path = join(directory, STATUS);
      writeSmallFile(`${path}.new`, `${JSON.stringify(status)}\n`, spare);
      renameSync(`${path}.new`, path);
    },
    clear() {
      if (spare !== undefined && hasFiles(join(spare, 'journal'))) return false;
      if (!NEEDED.every((name) => removeEmptyDirectory(join(directory, name)))) return false;
      for (const name of [STATUS, `${STATUS}.new`, ID, OWNER]) {
        rmSync(join(directory, name), { force: true });
      }
      if (spare !== undefined) rmSync(spare, { recursive: true, force: true });
      return true;
    },
  };
}

/** The last status that a manager wrote; undefined where there is none. */
export function readStatus(directory: string): unknown {
  try {
    return JSON.parse(readFileSync(join(directory, STATUS), 'utf8'));
  } catch {
    return undefined;
  }
}

function claim(directory: string, owner: string): void {
  const path = join(directory, OWNER);
  try {
    writeFileSync(path, `${owner}\n`, { flag: 'wx', flush: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const known = readFileSync(path, 'utf8').trim();
    if (known === owner.trim()) return;
    throw new AppError('state_in_use', `${directory} has the state of ${known}`, {
      hint: `give each its own directory, or remove ${path} where that one is no more`,
    });
  }
}

function readOrWrite(path: string, value: string, spare: string | undefined): string {
  const known = readId(path);
  if (known) return known;
  writeSmallFile(path, `${value}\n`, spare);
  return value;
}

function readId(path: string): string | undefined {
  try {
    return /^[0-9a-z]+$/.exec(readFileSync(path, 'utf8').trim())?.[0];
  } catch {
    return undefined;
  }
}

function hasFiles(directory: string): boolean {
  try {
    return readdirSync(directory).length > 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}

/** False where there is something in it. */
export function removeEmptyDirectory(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
