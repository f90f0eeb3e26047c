// A check that can fail: faults that were put into a copy of the sources on purpose, one patch each.
// `draws explore` must find every one. The quickest here; all of them with DRAWS_LONG=1, which prints
// in how many seeds each was found.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const patches = join(root, 'test/simulator/planted');
const isLong = process.env.DRAWS_LONG === '1';
const SEEDS_MAX = 2000;

/** Those that only the servers as they ship can show; the others are found quicker without them. */
const ofTheServers = [
  'checkpoint-before-write',
  'feed-resumed-too-late',
  'look-before-the-place',
  'own-write-not-recognised',
];
const quickest = ['metadata-again'];
const all = readdirSync(patches).flatMap((file) => /^(.*)\.patch$/.exec(file)?.[1] ?? []);

let copy: string;

beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'planted-'));
  cpSync(join(root, 'mockup'), join(copy, 'mockup'), { recursive: true });
  cpSync(join(root, 'package.json'), join(copy, 'package.json'));
  mkdirSync(join(copy, 'node_modules'));
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name === '.cache') continue;
    symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name));
  }
});

afterEach(() => rmSync(copy, { recursive: true, force: true }));

test('there are at least fifteen', () => {
  expect(all.length).toBeGreaterThanOrEqual(15);
  expect(all).toEqual(expect.arrayContaining([...ofTheServers, ...quickest]));
});

for (const name of isLong ? all : quickest) {
  test(`${name} is found`, async () => {
    execFileSync('git', ['apply', join(patches, `${name}.patch`)], { cwd: copy });
    const servers = ofTheServers.includes(name) ? [] : ['--quick'];
    const program = join(copy, 'mockup/cli/draws.mjs');
    const seeds = ['--seeds', `1..${SEEDS_MAX}`, '--ous', '1'];
    const options = ['explore', ...seeds, ...servers, '--no-shrink', '--json'];
    const result = await execa(process.execPath, [program, ...options], { reject: false });
    expect(result.exitCode, result.stderr).toBe(1);
    const { storms, failed } = JSON.parse(result.stdout) as {
      storms: number;
      failed: { seed: string; problems: string[] }[];
    };
    const [first] = failed;
    console.log(`${name}: seed ${first?.seed} of ${storms}: ${first?.problems[0]?.slice(0, 160)}`);
    expect(storms).toBeLessThanOrEqual(SEEDS_MAX);
  }, 1_800_000);
}
