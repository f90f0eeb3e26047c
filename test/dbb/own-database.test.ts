// `engine: sqlite:///…`: the managers run their database themselves, on this machine alone, as long as
// one of them needs it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { until } from './endpoint/endpoint-site.ts';

vi.setConfig({ testTimeout: 120_000 });

const PROGRAMS = join(import.meta.dirname, '../../mockup/cli');

let directory: string;
let database: string;
let children: ChildProcess[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'own-database-test-'));
  database = join(directory, 'records.db');
  children = [];
  for (const name of ['buffer', 'holding', 'there', 'staging', 'storage']) {
    mkdirSync(join(directory, name));
  }
});

afterEach(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await until('the database is gone', () => servers().length === 0);
  rmSync(directory, { recursive: true, force: true });
});

function start(program: string, ...args: string[]) {
  const child = spawn(process.execPath, [join(PROGRAMS, `${program}.mjs`), ...args], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = once(child, 'close').then(([code, signal]) => ({ code: code ?? signal, output }));
  return { child, ended, output: () => output };
}

/** Processes that serve a database of this test. */
function servers(): number[] {
  const serving = join(database, 'serving.json');
  if (!existsSync(serving)) return [];
  const { pid } = JSON.parse(readFileSync(serving, 'utf8'));
  return existsSync(`/proc/${pid}`) ? [pid] : [];
}

function writeConfig(name: string, sections: object): string {
  const path = join(directory, name);
  writeFileSync(path, JSON.stringify(sections));
  return path;
}

function handoff(engine = `sqlite:///${database}`): string {
  return writeConfig('handoff.yaml', {
    database: { engine },
    handoff: { buffer: join(directory, 'buffer'), holding: join(directory, 'holding') },
    endpoint: {
      buffer: join(directory, 'there'),
      staging: join(directory, 'staging'),
      commands: { remote: 'sh -c "{command}"', transfer: 'cp -p {file} {dest}' },
    },
    general: { pause: 0.2 },
  });
}

function endpoint(): { finder: string; ingester: string } {
  const tables = { file: 'files', event: 'events' };
  const engine = `sqlite:///${database}`;
  const storage = join(directory, 'storage');
  return {
    finder: writeConfig('finder.yaml', {
      database: { engine, tablenames: { file: tables.file } },
      finder: {
        ...{ source: join(directory, 'buffer'), storage, actions: { standard: 'Move' } },
        search: { method: 'scan', settle: 0 },
      },
    }),
    ingester: writeConfig('ingester.yaml', {
      database: { engine, tablenames: tables },
      ingester: { storage, plugin: { name: 'NullIngest' } },
    }),
  };
}

it('ships and records with no server but its own, which ends with it', async () => {
  writeFileSync(join(directory, 'buffer/a.fits'), 'content');
  const config = handoff();
  const { code, output } = await start('hdfmgr', 'run', '--until-empty', config).ended;
  expect(code, output).toBe(0);
  expect(readdirSync(join(directory, 'holding'))).toEqual(['a.fits']);
  expect(servers()).toEqual([]);
  const history = await start('hdfmgr', 'history', config, 'a.fits').ended;
  expect(history.output).toMatch(/version 1: held/);
  expect(servers()).toEqual([]);
});

it('keeps others from it: loopback, credentials that only its owner can read', async () => {
  const manager = start('hdfmgr', 'run', handoff());
  await until('it is served', () => servers().length === 1);
  const serving = join(database, 'serving.json');
  expect(statSync(serving).mode & 0o077).toBe(0);
  expect(statSync(database).mode & 0o077).toBe(0);
  const { pid, port, password, token } = JSON.parse(readFileSync(serving, 'utf8'));
  expect((await fetch(`http://127.0.0.1:${port}/_all_dbs`)).status).toBe(401);
  const shown = ['cmdline', 'environ'].map((name) => readFileSync(`/proc/${pid}/${name}`, 'utf8'));
  for (const secret of [password, token]) expect(shown.join()).not.toContain(secret);
  manager.child.kill('SIGTERM');
  expect((await manager.ended).code, manager.output()).toBe(0);
  expect(manager.output()).not.toContain(password);
  expect(servers()).toEqual([]);
});

it('is one for all managers that name it, started at once, and ends with the last', async () => {
  const { finder, ingester } = endpoint();
  const both = [
    start('endmgr', 'finder', 'start', finder),
    start('endmgr', 'ingester', 'start', ingester),
  ];
  writeFileSync(join(directory, 'buffer/a.fits'), 'content');
  const seen = await until('it is ingested', async () => {
    const { output } = await start('endmgr', 'status', ingester, '--json').ended;
    return output.includes('"SUCCESS": 1') && output;
  });
  expect(seen).toContain('"files": 1');
  both[0]?.child.kill('SIGTERM');
  expect((await both[0]?.ended)?.code).toBe(0);
  expect(servers()).toHaveLength(1);
  both[1]?.child.kill('SIGKILL');
  await until('the database ended with the last of them', () => servers().length === 0);
});

it('is started again at its address where it was killed; nothing is lost', async () => {
  const config = handoff();
  const manager = start('hdfmgr', 'run', config);
  const [first] = await until('it is served', () => servers().length === 1 && servers());
  writeFileSync(join(directory, 'buffer/a'), '1');
  await until('a is held', () => existsSync(join(directory, 'holding/a')));
  process.kill(first ?? 0, 'SIGKILL');
  writeFileSync(join(directory, 'buffer/b'), '2');
  await until('another serves', () => servers().length === 1 && !servers().includes(first ?? 0));
  await until('both are recorded', async () => {
    const { output } = await start('hdfmgr', 'history', config, 'b').ended;
    return /: held/.test(output);
  });
  manager.child.kill('SIGTERM');
  expect((await manager.ended).code, manager.output()).toBe(0);
  expect((await start('hdfmgr', 'history', config, 'a').ended).output).toMatch(/: held/);
});

it('takes a relative path as SQLAlchemy does, and leaves a file there alone', async () => {
  const config = handoff('sqlite:///records.db');
  const made = await start('hdfmgr', 'initdb', config).ended;
  expect(made.output).toContain(database);
  expect(readdirSync(database)).toContain('handoff-files.sqlite');
  rmSync(database, { recursive: true });
  writeFileSync(database, 'SQLite format 3');
  const refused = await start('hdfmgr', 'run', config).ended;
  expect(refused.code).toBe(2);
  expect(refused.output).toMatch(/is a file, not a directory .*Python manager stays as it is/);
  expect(readFileSync(database, 'utf8')).toBe('SQLite format 3');
});

it('is in a dump of the configuration without what nobody should read', async () => {
  const config = handoff();
  const { output } = await start('hdfmgr', 'run', '--dump', '--until-empty', config).ended;
  const line = output.split('\n').find((one) => one.includes('"msg":"configuration"')) ?? '{}';
  const { configuration } = JSON.parse(line);
  expect(configuration.database.engine).toBe(`sqlite:///${database}`);
  expect(Object.keys(configuration)).toEqual([
    ...['database', 'handoff', 'endpoint', 'general', 'logging'],
  ]);
});
