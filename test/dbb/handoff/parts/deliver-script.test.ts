// The script that moves a verified batch into the endpoint's buffer, run by a real shell, where
// somebody else is at work in that buffer.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  answerOf,
  type BatchDelivery,
  deliverCommand,
} from '../../../../mockup/dbb/handoff/endpoint/remote-scripts.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'deliver-script-'));
  mkdirSync(join(root, 'buffer'));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Puts a program of this name before the real one. */
function replace(program: string, script: string): void {
  mkdirSync(join(root, 'bin'), { recursive: true });
  writeFileSync(join(root, 'bin', program), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

function deliver(paths: readonly string[], changed: Partial<BatchDelivery> = {}) {
  const files = paths.map((path, number) => ({ number, path, expected: '1' }));
  const command = deliverCommand({
    directory: join(root, 'staging/b1'),
    mark: join(root, 'staging/b1.ok'),
    buffer: join(root, 'buffer'),
    verify: 'size',
    files,
    ...changed,
  });
  const env = { ...process.env, PATH: `${join(root, 'bin')}:${process.env.PATH}` };
  return answerOf(execFileSync('sh', ['-c', command], { env, encoding: 'utf8', stdio: 'pipe' }));
}

function stage(...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(root, 'staging/b1', path)), { recursive: true });
    writeFileSync(join(root, 'staging/b1', path), 'x');
  }
}

const isInBuffer = (path: string): boolean => existsSync(join(root, 'buffer', path));

describe('delivery', () => {
  it('moves every file, and notes before that all were complete', () => {
    stage('d/a', 'd/b', 'c');
    expect(deliver(['c', 'd/a', 'd/b'])).toEqual({ done: true, lines: ['done'] });
    expect(['c', 'd/a', 'd/b'].map(isInBuffer)).toEqual([true, true, true]);
    expect(readFileSync(join(root, 'staging/b1.ok'), 'utf8')).toBe('\n0 1 2 .\n');
  });

  it('counts as moved what somebody took out of the buffer while another move failed', () => {
    stage('d/a', 'd/b');
    // Moves one file, which is taken at once together with its directory; then fails once.
    replace(
      'mv',
      `PATH=/usr/bin:/bin
       [ -e '${root}/once' ] && exec mv "$@"
       mv '${root}/staging/b1/d/a' '${root}/buffer/d/' && : >'${root}/once'
       mv '${root}/buffer/d/a' '${root}/taken' && rmdir '${root}/buffer/d'; exit 1`,
    );
    expect(deliver(['d/a', 'd/b'])).toEqual({ done: true, lines: ['done'] });
    expect(existsSync(join(root, 'taken'))).toBe(true);
    expect(isInBuffer('d/b')).toBe(true);
  });

  it('tells which files could not be moved, and moves the others', () => {
    stage('c', 'd/a');
    writeFileSync(join(root, 'buffer/d'), 'a file where a directory should be');
    expect(deliver(['c', 'd/a'])).toEqual({ done: true, lines: ['left 1', 'done'] });
    expect(isInBuffer('c')).toBe(true);
  });

  it('says nothing where the batch was taken over meanwhile', () => {
    stage('a');
    replace('mv', `PATH=/usr/bin:/bin; mv '${root}/staging/b1' '${root}/staging/b1.r1'; exit 1`);
    let status: unknown;
    try {
      deliver(['a']);
    } catch (error) {
      ({ status } = error as { status: unknown });
    }
    expect(status).toBe(73);
  });

  it.each(['none', 'size', 'checksum'] as const)(
    'moves and notes nothing where a file is missing (verify: %s)',
    (verify) => {
      stage('a');
      expect(deliver(['a', 'b'], { verify }).lines).toEqual(['differs']);
      expect(isInBuffer('a')).toBe(false);
      expect(existsSync(join(root, 'staging/b1.ok'))).toBe(false);
    },
  );
});
