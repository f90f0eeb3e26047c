// Logs that rsync writes of its transfers, in one folder per day, as a port with its live adapter.
// An empty file beside a log says that it was read; it has the time of the log that was read.

import {
  type Dirent,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../files/scan-tree.ts';

export interface RsyncLog {
  path: string;
  mtime_ms: number;
}

export interface RsyncLogs {
  /** Logs in the folders of these days (and below) that were not read as they are now. */
  unread(directory: string, days: readonly string[]): RsyncLog[];
  /** Paths below the storage area of the files that it names as new; throws what the system says. */
  newFiles(log: RsyncLog, storage: string): string[];
  markRead(log: RsyncLog): void;
}

const LOG_NAME = /^rsync.*log$/;
const MARK = '.done';
const NEW_FILE = 'f+++++++++';

export const localRsyncLogs: RsyncLogs = {
  unread: (directory, days) => days.flatMap((day) => logsBelow(join(directory, day))),
  newFiles(log, storage) {
    const lines = readFileSync(log.path, 'utf8').split('\n');
    const found = lines.flatMap((line) => {
      const name = line.includes(NEW_FILE) ? nameIn(line, storage) : undefined;
      return name === undefined ? [] : [name];
    });
    return [...new Set(found)];
  },
  markRead({ path, mtime_ms }) {
    writeFileSync(path + MARK, '');
    utimesSync(path + MARK, mtime_ms / 1000, mtime_ms / 1000);
  },
};

function logsBelow(directory: string): RsyncLog[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return [];
    throw error;
  }
  return entries.flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return logsBelow(path);
    if (!entry.isFile() || !LOG_NAME.test(entry.name)) return [];
    const stats = statSync(path, { throwIfNoEntry: false });
    if (!stats || wasRead(path, stats.mtimeMs)) return [];
    return [{ path, mtime_ms: stats.mtimeMs }];
  });
}

/** Drops the mark of a log that has changed since. */
function wasRead(path: string, mtime_ms: number): boolean {
  const mark = statSync(path + MARK, { throwIfNoEntry: false });
  if (!mark) return false;
  // `utimes` keeps less of a time than the file system does.
  if (mark.mtimeMs > mtime_ms - 1) return true;
  rmSync(path + MARK, { force: true });
  return false;
}

/**
 * What follows the itemized change: the rest of the line, as rsync itself writes it (`--log-file`:
 * `2026/11/28 07:00:00 [123] <f+++++++++ a name`, `--out-format`: `%i %n`); or its first word, where
 * a format of the site has more after the name.
 */
function nameIn(line: string, storage: string): string | undefined {
  const [, rest] = /(?:^|\s)[<>]f\+{9}\+* (.*)$/.exec(line.replace(/\r$/, '')) ?? [];
  if (rest === undefined || rest.trim() === '') return undefined;
  const words = rest.trim();
  const candidates = [rest, words, words.split(/\s/)[0] ?? ''].map(decode);
  return candidates.find((name) => isFile(join(storage, name))) ?? candidates[2];
}

function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * rsync writes odd characters, byte by byte, as a backslash, a number sign and three octal digits, and
 * a backslash before such a thing in a name likewise.
 */
function decode(name: string): string {
  if (!name.includes('\\#')) return name;
  const bytes = Buffer.from(name).toString('latin1');
  const decoded = bytes.replaceAll(/\\#([0-3][0-7]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
  return Buffer.from(decoded, 'latin1').toString('utf8');
}
