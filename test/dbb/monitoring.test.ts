// What the managers tell those who watch them: metrics, exit codes of `status`, notices to systemd; and
// that the alerts' rules and the board ask for what there is.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { EndpointSite } from './endpoint/endpoint-site.ts';
import { add, writeTree } from './handoff/trees.ts';
import { createWorld, type Manager, until, type World } from './handoff/world.ts';

vi.setConfig({ testTimeout: 120_000 });

const MONITORING = join(import.meta.dirname, '../../deploy/monitoring');
const hasNotify = ['/usr/bin/systemd-notify', '/usr/bin/python3'].every((path) =>
  existsSync(path),
);

let world: World;

beforeEach(async () => {
  world = await createWorld();
});

afterEach(() => world.close());

async function scrape(manager: Manager): Promise<Map<string, number>> {
  await manager.said(/metrics at http/);
  const [url = ''] = /http:\S+metrics/.exec(manager.output()) ?? [];
  const response = await fetch(url);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
  return numbersIn(await response.text());
}

function numbersIn(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [, name = '', value] = /^(\S+?(?:\{.*\})?) (\S+)/.exec(line) ?? [];
      return [name, Number(value)];
    }),
  );
}

async function end(manager: Manager): Promise<void> {
  manager.child.kill('SIGTERM');
  expect(await manager.ended, manager.output()).toBe(0);
}

/** Names of metrics in what is asked of Prometheus. */
function askedIn(text: string): string[] {
  const words = text.match(/\b(?:hdfmgr|endmgr)_\w+/g) ?? [];
  return [...new Set(words)];
}

describe('metrics', () => {
  it('of both managers are those that rules and board ask for', async () => {
    writeTree(world.buffer, 5, 100);
    const manager = world.run('--metrics', '0');
    await until('five are held', async () => {
      const found = await scrape(manager);
      return found.get('hdfmgr_held_files_total') === 5;
    });
    const handoff = await scrape(manager);
    expect(handoff.get('hdfmgr_endpoint_up')).toBe(1);
    expect(handoff.get('hdfmgr_held_bytes_total')).toBe(500);
    expect(handoff.get('process_resident_memory_bytes')).toBeGreaterThan(0);
    await end(manager);

    const site = await EndpointSite.open();
    try {
      const finder = site.start('finder', 'start', site.finderConfiguration(), '--metrics', '0');
      const config = site.ingesterConfiguration('events', { name: 'NullIngest' });
      const ingester = site.start('ingester', 'start', config, '--metrics', '0');
      site.put('a.fits', 'content');
      const of = async (component: { output(): string }) => {
        const [url] = /http:[^\s"]+\/metrics/.exec(component.output()) ?? [];
        return url === undefined ? new Map() : numbersIn(await (await fetch(url)).text());
      };
      const succeeded = 'endmgr_ingester_files_total{result="succeeded"}';
      await until('it is ingested', async () => (await of(ingester)).get(succeeded) === 1);
      const endpoint = [...(await of(finder)), ...(await of(ingester))];
      expect(new Map(endpoint).get('endmgr_finder_recorded_files_total')).toBe(1);
      const known = [...handoff.keys(), ...endpoint.map(([name]) => name)];
      const names = new Set(known.map((name) => name.replace(/\{.*/, '')));
      for (const file of readdirSync(MONITORING).filter((name) => name.startsWith('dbb-'))) {
        const asked = askedIn(readFileSync(join(MONITORING, file), 'utf8'));
        expect(asked.filter((name) => !names.has(name))).toEqual([]);
        expect(asked.length).toBeGreaterThan(5);
      }
    } finally {
      await site.close();
    }
  });

  it('have rules with all that an operator needs, and a board that can be read', () => {
    const { groups } = parse(readFileSync(join(MONITORING, 'dbb-alerts.yaml'), 'utf8'));
    for (const rule of groups.flatMap((group: { rules: object[] }) => group.rules)) {
      expect(rule).toMatchObject({
        alert: expect.stringMatching(/^\w+$/),
        expr: expect.any(String),
        labels: { severity: expect.stringMatching(/^(critical|warning)$/) },
        annotations: { summary: expect.any(String), action: expect.any(String) },
      });
    }
    const board = JSON.parse(readFileSync(join(MONITORING, 'dbb-board.json'), 'utf8'));
    expect(board.panels.length).toBeGreaterThan(5);
  });

  it('are refused at a place that is none', async () => {
    const { code, output } = await world.command('run', '--metrics', 'x', world.configuration);
    expect(code).toBe(2);
    expect(output).toMatch(/--metrics is a port, or ADDRESS:PORT/);
    expect(existsSync(join(world.buffer, '.hdfmgr'))).toBe(false);
  });
});

it('status tells with its exit code whether somebody must look', async () => {
  const status = async () => (await world.command('status', world.configuration)).code;
  expect(await status()).toBe(3);
  const manager = world.run();
  await until('all is well', async () => (await status()) === 0);
  execFileSync('mkfifo', [join(world.buffer, 'pipe')]);
  await until('a file needs a person', async () => (await status()) === 1);
  await end(manager);
  world.configure({ remote: 'false {command}' });
  const refused = world.run();
  // Before that a status is 3 as well: nothing runs.
  await refused.said(/buffer scanned/);
  add(world.buffer, new Map(), 'a', 'a');
  await until('nothing goes through', async () => (await status()) === 3);
  await end(refused);
});

describe.runIf(hasNotify)('systemd', () => {
  let listener: ChildProcess | undefined;
  afterEach(() => {
    listener?.kill('SIGKILL');
  });

  it('is told that a manager is ready, that it works, and that it stops', async () => {
    const socket = join(world.directory, 'notify');
    const source = [
      'import socket, sys',
      's = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)',
      's.bind(sys.argv[1])',
      'print("bound", flush=True)',
      'while True: print(s.recv(4096).decode(), flush=True)',
    ];
    const started = spawn('python3', ['-c', source.join('\n'), socket]);
    listener = started;
    let told = '';
    started.stdout.on('data', (text) => {
      told += text;
    });
    await until('it listens', () => told.includes('bound'));
    const environment = [`NOTIFY_SOCKET=${socket}`, 'WATCHDOG_USEC=1500000'];
    world.prefix.push('/usr/bin/env', ...environment);
    const manager = world.run();
    await until('it is ready', () => told.includes('READY=1'));
    await until('it works, again and again', () => told.split('WATCHDOG=1').length > 3);
    await end(manager);
    await until('it stops', () => told.includes('STOPPING=1'));
    started.kill('SIGKILL');
    await once(started, 'close');
  });
});
