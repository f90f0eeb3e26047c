// Logs of transfers, those that rsync itself writes among them: each new file by its right name.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localRsyncLogs } from '../../../mockup/dbb/storage/rsync-logs.ts';

const NAMES = [
  'a.fits',
  'a b  c.fits',
  'back\\#123slash.fits',
  'tab\there.fits',
  'line\nbreak.fits',
  'é.fits',
];

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rsync-logs-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function namesIn(log: string): string[] {
  return localRsyncLogs
    .newFiles({ path: log, mtime_ms: 0 }, join(directory, 'storage'))
    .toSorted();
}

describe('a log of rsync', () => {
  it.each([
    ['--log-file', []],
    ['--out-format', ['--out-format=%i %n']],
    ['--out-format with a time', ['--out-format=%t %i %n']],
  ])('names its new files in %s, whatever is in their names', (kind, options) => {
    const [source, storage, log] = ['source', 'storage', 'rsync.log'].map((name) =>
      join(directory, name),
    );
    for (const one of [source, storage]) mkdirSync(one as string);
    for (const name of NAMES) writeFileSync(join(source as string, name), name);
    const file = kind === '--log-file' ? [`--log-file=${log}`] : options;
    const output = execFileSync('rsync', ['-a', ...file, `${source}/`, `${storage}/`], {
      encoding: 'utf8',
    });
    if (kind !== '--log-file') writeFileSync(log as string, output);
    // Between two local directories the receiver is told of: the same, with the arrow turned round.
    expect(namesIn(log as string)).toEqual(NAMES.toSorted());
  });

  it('may have a word before the change, and others after the name', () => {
    const log = join(directory, 'rsync.log');
    const lines = ['send <f+++++++++ d/a.fits 5760', 'x <f.st...... d/b.fits', 'deleting <f', ''];
    writeFileSync(log, lines.join('\n'));
    expect(namesIn(log)).toEqual(['d/a.fits']);
  });
});
