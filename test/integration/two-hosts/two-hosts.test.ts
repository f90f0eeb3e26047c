// The demonstration on two hosts: the checklist of the original instructions through real prompts,
// and that nothing is left of it. Where namespaces can't be had, it must say what is missing.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { missingRequirements } from '../../../scripts/two-hosts.d/requirements.ts';
import { eventually, processesOf } from '../line/running-line.ts';
import { nothingLeft, onHost, type RunningHosts, startHosts, Terminals } from './running-hosts.ts';

const LIMIT_MS = 300_000;
const DELIVERY_LIMIT_MS = 90_000;
const UID = 'uid://X1/X1/Xb0';
const missing = missingRequirements(true);

let running: RunningHosts | undefined;
let directory: string | undefined;

afterEach(async () => {
  running?.kill('SIGKILL');
  if (directory) {
    for (const { pid } of processesOf(directory)) killIfThere(pid);
    rmSync(directory, { recursive: true, force: true });
  }
  running = undefined;
  directory = undefined;
});

/** The death of one takes others with it. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone.
  }
}

async function openTerminals(): Promise<Terminals> {
  running = startHosts(['--tmux', '--pace', '0.3', '--failure-rate', '0']);
  const [, socket = ''] = await running.says(/^tmux -S (\S+) .*attach/m);
  directory = dirname(socket);
  return new Terminals(socket);
}

const on = (host: string, line: string): Promise<string> => onHost(directory ?? '', host, line);

async function state(): Promise<string> {
  const ous = JSON.parse(await on('jao-host', `draws history --json ${UID}`));
  return [ous.state, ous.substate].filter(Boolean).join(' ');
}

/** Files that a cache shows over HTTP, by path. */
async function shownFiles(from: string, host: string, path = '/'): Promise<string[]> {
  const page = await on(from, `curl -sf 'http://${host}:8000${path}'`);
  const links = [...page.matchAll(/<td><a href="([^"]+)"/g)].map((match) => match[1] ?? '');
  const found: string[] = [];
  for (const link of links.filter((one) => one.startsWith(path) && one !== path)) {
    // A weblog's folder shows its index page instead of its files.
    const isListed = link.endsWith('/') && !/^\/weblogs\/./.test(link);
    found.push(...(isListed ? await shownFiles(from, host, link) : [link]));
  }
  return found.sort();
}

async function documents(host: string): Promise<Record<string, number>> {
  const names = ['pipeline-reports', 'delivery-status', 'ngas', 'products-metadata'];
  const counts: Record<string, number> = {};
  for (const name of names) {
    const all = JSON.parse(await on(host, `curl -sf "$COUCHDB_URL/${name}/_all_docs"`));
    const rows: { id: string }[] = all.rows;
    counts[name] = rows.filter(({ id }) => !id.startsWith('_')).length;
  }
  return counts;
}

async function checklist(): Promise<void> {
  const terminals = await openTerminals();
  expect((await terminals.titles()).toSorted()).toEqual([
    ...['EU-data-tracker', 'EU-replicated-cache', 'EU-shell', 'EU-torque-maui'],
    ...['JAO-aqua-batch-helper', 'JAO-aqua-qa2', 'JAO-dra', 'JAO-product-ingestor'],
    ...['JAO-replicated-cache', 'JAO-shell', 'JAO-xtss'],
  ]);
  await terminals.shows('JAO-shell', /jao-host\$/);
  await terminals.type('JAO-shell', `draws launcher 2015.1.00657.S ${UID} PipelineCalibration`);
  await terminals.press('JAO-shell', 'Enter');
  await terminals.shows('JAO-dra', /❯ uid:\/\/X1\/X1\/Xb0/);
  await terminals.type('JAO-dra', UID);
  await terminals.press('JAO-dra', 'Enter');
  await terminals.shows('JAO-aqua-qa2', /❯ uid:\/\/X1\/X1\/Xb0/);
  await terminals.type('JAO-aqua-qa2', UID);
  await terminals.press('JAO-aqua-qa2', 'Enter');
  const [, weblog = ''] = await terminals.shows(
    'JAO-aqua-qa2',
    /(http:\/\/jao-host:8000\/weblogs\/\S+)/,
  );
  await terminals.shows('JAO-aqua-qa2', /\[?P\]?ass/);
  await expect.poll(state, { timeout: DELIVERY_LIMIT_MS }).toBe('Reviewing');
  // The report may be here before the weblog.
  const patient = '--retry 60 --retry-delay 1 --retry-all-errors';
  expect(await on('arc-host', `curl -sfL ${patient} '${weblog}'`)).toMatch(/weblog/i);
  await terminals.type('JAO-aqua-qa2', 'P');
  await terminals.press('JAO-aqua-qa2', 'Enter');
  await eventually('Delivered', DELIVERY_LIMIT_MS, async () =>
    (await state()) === 'Delivered' ? true : undefined,
  );
}

async function checkEnd(): Promise<void> {
  const counts = {
    'pipeline-reports': 1,
    'delivery-status': 1,
    ngas: 6,
    'products-metadata': 5,
  };
  for (const host of ['jao-host', 'arc-host']) {
    await expect.poll(() => documents(host), { timeout: DELIVERY_LIMIT_MS }).toEqual(counts);
    const unread = async () => JSON.parse(await on(host, 'draws status --json')).unread;
    await expect.poll(unread, { timeout: DELIVERY_LIMIT_MS }).toEqual({});
  }
  const atArc = await shownFiles('jao-host', 'arc-host');
  expect(await shownFiles('arc-host', 'jao-host')).toEqual(atArc);
  expect(atArc.filter((file) => /\/products\/product-\d-/.test(file))).toHaveLength(5);
  const [weblog = '', ...others] = atArc.filter((file) => file.startsWith('/weblogs/'));
  expect(others).toEqual([]);
  const page = await on('jao-host', `curl -sf 'http://arc-host:8000${weblog}'`);
  expect(page).toMatch(/weblog/i);
  expect(await on('arc-host', `curl -sf 'http://jao-host:8000${weblog}'`)).toBe(page);
  for (const host of ['jao-host', 'arc-host']) {
    const doctor = await on(host, 'draws doctor || true');
    expect(doctor).toMatch(/all is well\n$/);
    expect(doctor).toMatch(/^OK +replication +msgq/m);
  }
}

if (missing.length > 0) {
  it('says what is missing here', async () => {
    const { exitCode, output } = await startHosts(['--once', '--tmux']).end;
    expect(exitCode).toBe(3);
    for (const line of missing) expect(output).toContain(`two-hosts: ${line}\n`);
  });
} else {
  it('holds the checklist through the prompts', { timeout: LIMIT_MS }, async () => {
    await checklist();
    await checkEnd();
    running?.kill('SIGINT');
    expect((await running?.end)?.signal).toBe('SIGINT');
    await nothingLeft(directory ?? '');
  });

  it('leaves nothing when it is killed with -9', { timeout: LIMIT_MS }, async () => {
    await openTerminals();
    expect(processesOf(directory ?? '').length).toBeGreaterThan(4);
    running?.kill('SIGKILL');
    await nothingLeft(directory ?? '');
  });

  it('leaves nothing of disks and faults either', { timeout: LIMIT_MS }, async () => {
    const temporary = mkdtempSync(join(tmpdir(), 'draws-killed-'));
    try {
      const env = { ...process.env, TMPDIR: temporary };
      running = startHosts(['--faults', '--ous', '3', '--pace', '0'], { env });
      await running.says(/they begin:/);
      directory = join(temporary, readdirSync(temporary)[0] ?? 'nothing');
      expect(processesOf(directory).length).toBeGreaterThan(4);
      running.kill('SIGKILL');
      await nothingLeft(directory);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  });

  it('says that it needs root', { timeout: LIMIT_MS }, async () => {
    const nobody = { uid: 65_534, gid: 65_534 };
    const { exitCode, output } = await startHosts(['--once'], nobody).end;
    expect(output).toMatch(/^two-hosts: network namespaces need root: run it as root\n$/);
    expect(exitCode).toBe(3);
  });
}
