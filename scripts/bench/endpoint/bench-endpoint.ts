// The endpoint manager: files a second of finder, ingester and backfill, each as a process with its
// default settings, on small files; and what a million records cost an ingester that starts, and
// one that has nothing to do.

import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectTo } from '../../../mockup/cli/site/connection.ts';
import { couchRequest } from '../../../mockup/replication/couch-request.ts';
import type { Figure } from '../figure.ts';
import { cpuSeconds } from '../line/cpu-time.ts';
import { type BenchServer, startServer } from '../server-process.ts';
import { startEndmgr } from './endmgr-process.ts';
import { fillDatabases } from './million-records.ts';

/** How many files, one run each; and how many records. `BENCH_FILES=2000 BENCH_RECORDS=0`: less. */
const SIZES = numbersOf(process.env.BENCH_FILES, [2000, 20_000]);
const FILE_BYTES = 10 * 1024;
const DIRECTORIES = 10;
const [RECORDS = 0] = numbersOf(process.env.BENCH_RECORDS, [1_000_000]);
const WRITTEN_S = 1_600_000_000;
const IDLE_MS = 10_000;

export async function benchEndpoint(couchdb: string | undefined): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const files of SIZES.filter((count) => count > 0)) {
    figures.push(...(await withEndpoint(couchdb, (endpoint) => throughput(endpoint, files))));
  }
  if (RECORDS > 0) figures.push(...(await withEndpoint(couchdb, manyRecords)));
  return figures;
}

interface Endpoint {
  server: BenchServer;
  buffer: string;
  storage: string;
  /** Writes a configuration; gives its path. */
  configure(name: string, section: object, events?: string): string;
}

async function withEndpoint(
  couchdb: string | undefined,
  measure: (endpoint: Endpoint) => Promise<Figure[]>,
): Promise<Figure[]> {
  const server = await startServer(couchdb);
  const directory = mkdtempSync(join(tmpdir(), 'endmgr-bench-'));
  const [buffer, storage] = [join(directory, 'buffer'), join(directory, 'storage')];
  for (const path of [buffer, storage]) mkdirSync(path);
  const engine = server.url.replace(/^http/, 'couchdb');
  try {
    return await measure({
      ...{ server, buffer, storage },
      configure(name, section, events) {
        const tablenames = { file: 'bench-files', ...(events && { event: events }) };
        const path = join(directory, `${name}.yaml`);
        writeFileSync(path, JSON.stringify({ database: { engine, tablenames }, ...section }));
        return path;
      },
    });
  } finally {
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function throughput(endpoint: Endpoint, files: number): Promise<Figure[]> {
  const { buffer, storage, configure, server } = endpoint;
  writeFiles(buffer, 'new', files);
  const actions = { standard: 'Move', alternative: 'Delete' };
  const finder = startEndmgr([
    'finder',
    'start',
    configure('finder', {
      finder: { source: buffer, storage, actions, search: { method: 'scan' } },
    }),
  ]);
  await finder.said('running');
  const found_s = await secondsUntil(async () => (await countOf(server, 'bench-files')) >= files);
  await finder.stop();

  const ingester = startEndmgr([
    'ingester',
    'start',
    configure(
      'ingester',
      { ingester: { storage, plugin: { name: 'NullIngest', config: {} }, daemon: false } },
      'bench-events',
    ),
  ]);
  await ingester.said('running');
  const ingested_s = await secondsOf(() => ingester.said('ended'));
  await ingester.ended;

  writeFiles(storage, 'old', files);
  const backfill = startEndmgr([
    'backfill',
    'start',
    configure('backfill', { backfill: { storage, sources: ['old'] } }, 'bench-events'),
  ]);
  await backfill.said('running');
  const filled_s = await secondsOf(() => backfill.said('recorded'));
  await backfill.ended;

  const what = `${files} × 10 KiB`;
  const figure = (name: string, seconds: number, aim: number): Figure => ({
    what: `${name}, ${what}`,
    value: files / seconds,
    unit: 'files/s',
    aim: { value: aim, is: 'at least' },
  });
  return [
    figure('finder, Move', found_s, 1500),
    figure('ingester, NullIngest', ingested_s, 3000),
    figure('backfill', filled_s, 5000),
  ];
}

async function manyRecords({ server, storage, configure }: Endpoint): Promise<Figure[]> {
  const plugin = { name: 'NullIngest', config: {} };
  const config = configure('ingester', { ingester: { storage, plugin } }, 'bench-events');
  await startEndmgr(['initdb', config]).ended;
  const addFile = await fillDatabases(connectTo(server.url), storage, RECORDS);
  const started = performance.now();
  const ingester = startEndmgr(['ingester', 'start', config]);
  await ingester.said('running');
  const start_s = (performance.now() - started) / 1000;
  await addFile();
  const first_s = await secondsUntil(async () => {
    return (await countOf(server, 'bench-events')) > RECORDS;
  });
  // The lease comes to rest first.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const before_s = cpuSeconds(ingester.pid);
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const idle = (cpuSeconds(ingester.pid) - before_s) / (IDLE_MS / 1000);
  await ingester.stop();
  const what = `with ${RECORDS} records`;
  return [
    { what: `start to work ${what}`, value: start_s, unit: 's', aim: { value: 2, is: 'at most' } },
    { what: `new file to SUCCESS ${what}`, value: first_s, unit: 's' },
    {
      what: `CPU of the ingester while nothing is new ${what}`,
      value: idle * 100,
      unit: '% of a core',
    },
  ];
}

function numbersOf(text: string | undefined, otherwise: readonly number[]): readonly number[] {
  return text === undefined ? otherwise : text.split(',').map(Number);
}

function writeFiles(root: string, name: string, files: number): void {
  for (let directory = 0; directory < DIRECTORIES; directory++) {
    mkdirSync(join(root, name, String(directory)), { recursive: true });
  }
  for (let file = 0; file < files; file++) {
    const path = join(root, name, String(file % DIRECTORIES), `${file}.fits`);
    writeFileSync(path, randomBytes(FILE_BYTES));
    // As it comes from the other site, which keeps the time when it was written there.
    utimesSync(path, WRITTEN_S, WRITTEN_S);
  }
}

async function countOf(server: BenchServer, database: string): Promise<number> {
  const asked = { url: server.url, executive: 'the server' };
  const info = (await couchRequest(asked, `/${database}`)).body;
  // The holder, the place and two indexes are no files.
  const others = database.endsWith('events') ? 4 : 0;
  return ((info as { doc_count?: number }).doc_count ?? 0) - others;
}

async function secondsUntil(isDone: () => Promise<boolean>): Promise<number> {
  return secondsOf(async () => {
    while (!(await isDone())) await new Promise((resolve) => setTimeout(resolve, 5));
  });
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
