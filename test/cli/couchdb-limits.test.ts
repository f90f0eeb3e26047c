import { expect, it } from 'vitest';
import { limitsHelp, parseLimits } from '../../mockup/cli/site/couchdb-limits.ts';
import { DEFAULT_LIMITS, withLimits } from '../../mockup/couch-server/limits.ts';
import { runDraws } from './run-draws.ts';

it('sets limits by name, the last one of a name', () => {
  const given = ['document-size=100', 'feeds=7', 'idle-socket=5000', 'feeds=8'];
  expect(parseLimits(given)).toEqual({ maxDocumentSize: 100, maxFeeds: 8, idleSocketMs: 5000 });
  expect(parseLimits([])).toEqual({});
});

it('names every limit in the help, with its default, and takes each', async () => {
  const { exitCode, stdout } = await runDraws(['couchdb', '--help']);
  expect(exitCode).toBe(0);
  expect(stdout).toContain(limitsHelp().trim());
  const names = [...limitsHelp().matchAll(/^ {2}([a-z-]+) +(\d+) {2}/gm)];
  const taken = parseLimits(names.map(([, name, value]) => `${name}=${value}`));
  expect(withLimits(taken)).toEqual(DEFAULT_LIMITS);
  expect(Object.keys(taken).sort()).toEqual(Object.keys(DEFAULT_LIMITS).sort());
});

it.each([
  'feed=1',
  'feeds',
  'feeds=',
  'feeds=0',
  'feeds=-1',
  'feeds=1.5',
  'feeds=1e3',
  'feeds=9007199254740993',
  'stalled=2147483648',
  '__proto__=1',
  '',
])('says what is wrong with --limit %j', async (given) => {
  const { exitCode, stderr } = await runDraws(['couchdb', '--in-memory', '--limit', given]);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/--limit/);
  expect(stderr).toMatch(/expected/);
});
