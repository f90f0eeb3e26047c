import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const draws = join(import.meta.dirname, '../../../mockup/cli/draws.mjs');
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'draws-simulate-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

async function simulate(...args: string[]): Promise<Ended> {
  try {
    const ended = await promisify(execFile)(process.execPath, [draws, 'simulate', ...args]);
    return { code: 0, ...ended };
  } catch (error) {
    return error as Ended;
  }
}

it('answers on the terminal, in files and as a page that needs nothing else', async () => {
  const [csv, page] = [join(directory, 'out.csv'), join(directory, 'out.html')];
  const { code, stdout, stderr } = await simulate('mockup', '--csv', csv, '--report', page);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('9 of 9 OUSs delivered');
  expect(stdout).toContain('observation-to-delivery');
  const lines = (await readFile(csv, 'utf8')).trim().split('\n');
  expect(lines).toHaveLength(10);
  const html = await readFile(page, 'utf8');
  expect(html.match(/<svg /g)?.length).toBe(8);
  expect(html).not.toMatch(/(src|href)="|@import|url\(http/);
}, 120_000);

it('says by its exit code whether the goal is met', async () => {
  const met = await simulate('mockup', '--goal', 'kpi >= 90%');
  expect(met.code).toBe(0);
  const missed = await simulate('mockup', '--goal', 'mean(analysis) < 1s');
  expect(missed.code).toBe(1);
  expect(missed.stdout).toContain('mean(analysis) < 1s: not met');
}, 120_000);

it('finds the cheapest of a grid', async () => {
  const { code, stdout } = await simulate(
    ...['mockup', '--vary', 'reviewers=1,3', '--seeds', '2', '--jobs', '2'],
    ...['--goal', 'kpi >= 90%', '--json'],
  );
  expect(code).toBe(0);
  const { results, cheapest } = JSON.parse(stdout);
  expect(results).toHaveLength(2);
  expect(results[0]).toMatchObject({ setting: { reviewers: 1 }, seeds: 2 });
  expect(cheapest.setting).toEqual({ reviewers: 1 });
}, 120_000);

it.each([
  [['no-such.yaml'], /^draws: no scenario "no-such\.yaml"/],
  [['mockup', '--set', 'reviewrs=3'], /^draws: mockup: expected no key reviewrs; got a map/],
  [['mockup', '--set', 'reviewers=-3'], /^draws: mockup: reviewers\.count: expected a whole/],
  [['mockup', '--goal', 'soon'], /^draws: --goal: expected .*; got "soon"/],
  [['mockup', '--seeds', '0'], /^draws: --seeds: a whole number from 1/],
  [['mockup', '--seeds', '2', '--csv', 'x'], /^draws: --csv and --record are of one run/],
])('%j is wrong usage, told in one line', async (args, line) => {
  const { code, stderr } = await simulate(...args);
  expect(code).toBe(2);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toMatch(line);
});

it('takes its OUSs from a file', async () => {
  const scenario = join(directory, 'own.yaml');
  const mockup = join(import.meta.dirname, '../../../examples/simulate/mockup.yaml');
  const text = await readFile(mockup, 'utf8');
  await writeFile(scenario, text.replace('  count: 9', '  file: own.csv'));
  const rows = ['progID,ousUID', '2019.1.00263.S,uid://A001/X1465/X346b'];
  await writeFile(join(directory, 'own.csv'), rows.join('\n'));
  const { stdout } = await simulate(scenario, '--csv', join(directory, 'own-out.csv'));
  expect(stdout).toContain('1 of 1 OUSs delivered');
  expect(await readFile(join(directory, 'own-out.csv'), 'utf8')).toContain(rows[1]);
}, 120_000);

it('ends at once when it is interrupted', async () => {
  const child = spawn(process.execPath, [draws, 'simulate', 'alma-cycle-7'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (data) => {
    said += data;
  });
  const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
  // Handlers are there once the process listens: asked again until it ends.
  const again = setInterval(() => child.kill('SIGINT'), 3000);
  const code = await exit;
  clearInterval(again);
  expect(code === 130 || code === null).toBe(true);
  if (code === 130) expect(said).toBe('interrupted\n');
}, 120_000);
