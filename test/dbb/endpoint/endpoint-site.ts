// An endpoint for a test: buffer, storage area and repository in a directory of its own, a database
// server, and the components of the endpoint manager as processes or in this one.

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { type EndpointFile, newEndpointFile } from '../../../mockup/core/dbb/endpoint-file.ts';
import type { IngestDocument } from '../../../mockup/core/dbb/ingest-events.ts';
import { type CouchServer, startCouchServer } from '../../../mockup/couch-server/server.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import type { DatabaseServer, Stored } from '../../../mockup/platform/couch/database.ts';
import { createNanoServer } from '../../../mockup/platform/couch/nano/nano-server.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createSystemRandom } from '../../../mockup/platform/random/system-random.ts';
import { type BorrowedCouchdb, borrowCouchdb } from '../../real-couchdb.ts';

export const program = join(import.meta.dirname, '../../../mockup/cli/endmgr.mjs');
export const butler = join(import.meta.dirname, '../../fixtures/butler/butler');

const WAIT_MS = 60_000;

/** Looks again and again until it is so; fails with what was seen last. */
export async function until<T>(
  what: string,
  look: () => Promise<T> | T,
  limit_ms = WAIT_MS,
): Promise<Exclude<T, false | undefined | null>> {
  const end = performance.now() + limit_ms;
  for (;;) {
    const seen = await look();
    if (seen) return seen as Exclude<T, false | undefined | null>;
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

export interface Component {
  process: ChildProcess;
  /** What it wrote to standard output and error. */
  output(): string;
  ended: Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>;
}

export class EndpointSite {
  readonly directory = mkdtempSync(join(tmpdir(), 'endmgr-test-'));
  readonly buffer = join(this.directory, 'buffer');
  readonly storage = join(this.directory, 'storage');
  readonly repository = join(this.directory, 'repository');
  readonly #running = new Set<ChildProcess>();
  #server: CouchServer | undefined;
  #borrowed: BorrowedCouchdb | undefined;

  static async open(): Promise<EndpointSite> {
    const site = new EndpointSite();
    for (const path of [site.buffer, site.storage, site.repository]) mkdirSync(path);
    await site.startDatabase();
    return site;
  }

  get couchUrl(): string {
    return this.#borrowed?.url ?? this.#server?.url ?? '';
  }

  get engine(): string {
    return `couchdb://${this.couchUrl.slice('http://'.length)}`;
  }

  async startDatabase(port = 0): Promise<void> {
    this.#borrowed = await borrowCouchdb();
    if (this.#borrowed) return;
    const directory = join(this.directory, 'database');
    this.#server = await startCouchServer({ host: '127.0.0.1', port, directory });
  }

  /** Gives the port, so that it can come back there. */
  async stopDatabase(): Promise<number> {
    const port = this.#server?.port ?? 0;
    await this.#server?.close();
    return port;
  }

  databases(): DatabaseServer {
    return createNanoServer(this.couchUrl, {
      clock: createSystemClock(),
      random: createSystemRandom(),
      log: silentLogger,
    });
  }

  /** Writes a configuration; gives its path. */
  configure(name: string, sections: object): string {
    const path = join(this.directory, `${name}.yaml`);
    writeFileSync(path, JSON.stringify(sections));
    return path;
  }

  finderConfiguration(settings: object = {}): string {
    return this.configure('finder', {
      database: { engine: this.engine, tablenames: { file: { schema: null, table: 'files' } } },
      finder: {
        source: this.buffer,
        storage: this.storage,
        actions: { standard: 'Move', alternative: 'Delete' },
        search: { method: 'scan', settle: 0 },
        ...settings,
      },
    });
  }

  ingesterConfiguration(events: string, plugin: object, settings: object = {}): string {
    return this.configure(events, {
      database: { engine: this.engine, tablenames: { file: 'files', event: events } },
      ingester: { storage: this.storage, plugin, ...settings },
    });
  }

  /** A file that appears whole, as the handoff manager makes it. */
  put(path: string, content: string | Uint8Array, root = this.buffer): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }

  start(...args: string[]): Component {
    const child = spawn(process.execPath, [program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#running.add(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    const ended = once(child, 'close').then(([exitCode, signal]) => {
      this.#running.delete(child);
      return { exitCode, signal };
    });
    return { process: child, output: () => output, ended };
  }

  /** Asks it to stop, and waits for that. */
  async stop({ process: child, ended }: Component): Promise<void> {
    child.kill('SIGTERM');
    await ended;
  }

  /** Records files that are in the storage area, as a finder does. */
  async record(...paths: string[]): Promise<void> {
    const server = this.databases();
    await server.create('files');
    const docs = paths.map((path) => {
      const bytes = readFileSync(join(this.storage, path));
      const version = { path, size_bytes: bytes.length, mtime_ms: 0, ctime_ms: 0, ino: 0 };
      const checksum = createHash('blake2b512').update(bytes).digest('hex');
      return newEndpointFile({ version, checksum }, 'Move', Date.now());
    });
    const results = await server.open('files').bulk(docs);
    if (results.some(({ ok }) => !ok)) throw new Error('not recorded');
  }

  /** Runs a command to its end. */
  async run(...args: string[]): Promise<{ exitCode: number | null; output: string }> {
    const component = this.start(...args);
    const { exitCode } = await component.ended;
    return { exitCode, output: component.output() };
  }

  async files(): Promise<Stored<EndpointFile>[]> {
    const server = this.databases();
    if (!(await server.names()).includes('files')) return [];
    const range = { startKey: 'file:', endKey: 'file:\u{10ffff}' };
    return server.open('files').allDocs<EndpointFile>(range);
  }

  async asides(): Promise<{ path: string; reason: string; message: string }[]> {
    const server = this.databases();
    if (!(await server.names()).includes('files')) return [];
    return server.open('files').allDocs({ startKey: 'aside:', endKey: 'aside:\u{10ffff}' });
  }

  /** Documents of an ingester by path; none where it has no database yet. */
  async events(database: string): Promise<Map<string, Stored<IngestDocument>>> {
    const server = this.databases();
    if (!(await server.names()).includes(database)) return new Map();
    const range = { startKey: 'file:', endKey: 'file:\u{10ffff}' };
    const docs = await server.open(database).allDocs<IngestDocument>(range);
    return new Map(docs.map((doc) => [doc._id.slice('file:'.length), doc]));
  }

  /** Status by path. */
  async statuses(database: string): Promise<Record<string, string>> {
    const events = await this.events(database);
    return Object.fromEntries([...events].map(([path, { status }]) => [path, status]));
  }

  /** Paths of all files below a directory, sorted. */
  tree(root: string): string[] {
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      .toSorted();
  }

  async close(): Promise<void> {
    for (const child of this.#running) child.kill('SIGKILL');
    await Promise.all([...this.#running].map((child) => once(child, 'close')));
    await this.#server?.close();
    await this.#borrowed?.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A small but valid FITS image whose content is its own. */
export function fitsImage(name: string, pixels = 16): Buffer {
  const cards = [
    'SIMPLE  =                    T',
    'BITPIX  =                   16',
    'NAXIS   =                    1',
    `NAXIS1  = ${String(pixels).padStart(20)}`,
    `OBJECT  = '${name.slice(-60)}'`,
    'END',
  ];
  const header = cards.map((card) => card.padEnd(80)).join('');
  const data = Buffer.alloc(Math.ceil((pixels * 2) / 2880) * 2880);
  return Buffer.concat([Buffer.from(header.padEnd(2880), 'latin1'), data]);
}
