import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { VisitRecord } from '../../../mockup/core/prompt/visit-record.ts';

const LIMIT_MS = 240_000;

it('processes every visit of a night, and leaves nothing behind', {
  timeout: LIMIT_MS,
}, async () => {
  const temporary = mkdtempSync(join(tmpdir(), 'prompt-demo-test-'));
  const report = join(temporary, 'report.json');
  const main = join(import.meta.dirname, '../../../scripts/prompt-demo.d/main.ts');
  const args = ['--groups', '2', '--pace', '0.02', '--seed', '7', '--workers', '1..4'];
  const cameras = ['--instrument', 'LATISS', '--instrument', 'LSSTComCam'];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', main, ...cameras, ...args, '--json', report],
    {
      env: {
        ...process.env,
        TMPDIR: temporary,
        NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
      },
      timeout: LIMIT_MS,
    },
  );
  expect(stdout).toContain('processed');
  const records = JSON.parse(readFileSync(report, 'utf8')) as VisitRecord[];
  expect(records.map(({ state }) => state)).toEqual(Array(20).fill('processed'));
  for (const { snaps, visit, result } of records) {
    expect(snaps.map(({ snap }) => snap)).toEqual(
      Array.from({ length: visit.snaps }, (_, n) => n),
    );
    expect(result?.alerts).toBeGreaterThan(0);
  }
  expect(readdirSync(temporary)).toEqual(['report.json']);
  rmSync(temporary, { recursive: true });
});
