// A handoff site and an endpoint site in a temporary directory, with a configuration, records in an
// embedded server, and the manager as a real process.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { BatchRecord } from '../../../mockup/core/dbb/batch-record.ts';
import type { FileRecord } from '../../../mockup/core/dbb/file-record.ts';
import { type CouchServer, startCouchServer } from '../../../mockup/couch-server/server.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import type { DatabaseServer } from '../../../mockup/platform/couch/database.ts';
import { createNanoServer } from '../../../mockup/platform/couch/nano/nano-server.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createSystemRandom } from '../../../mockup/platform/random/system-random.ts';
import { borrowCouchdb } from '../../real-couchdb.ts';

const PROGRAM = join(import.meta.dirname, '../../../mockup/cli/hdfmgr.mjs');

export interface WorldOptions {
  remote?: string;
  transfer?: string;
  endpoint?: Record<string, unknown>;
  handoff?: Record<string, unknown>;
  general?: Record<string, unknown>;
  /** Records go where nobody listens. */
  withoutCouch?: boolean;
  couchUrl?: string;
}

export interface Manager {
  child: ChildProcess;
  /** All it wrote so far. */
  output(): string;
  /** Resolves with exit code, or signal. */
  ended: Promise<number | NodeJS.Signals>;
  /** Resolves as soon as it wrote something that matches. */
  said(pattern: RegExp): Promise<void>;
}

export interface World {
  directory: string;
  buffer: string;
  holding: string;
  endpointBuffer: string;
  staging: string;
  configuration: string;
  /** Put before each command of the manager, such as `setpriv …`. */
  prefix: string[];
  couch: CouchServer | undefined;
  server: DatabaseServer;
  configure(options: WorldOptions): void;
  /** `hdfmgr run` with these options. */
  run(...options: string[]): Manager;
  /** Runs to the end, when all is shipped and recorded; throws with its log where it fails. */
  runUntilEmpty(): Promise<string>;
  /** Any command of `hdfmgr` on this configuration. */
  command(...args: string[]): Promise<{ code: number | NodeJS.Signals; output: string }>;
  fileRecords(): Promise<FileRecord[]>;
  batchRecords(): Promise<BatchRecord[]>;
  close(): Promise<void>;
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const directory = mkdtempSync(join(tmpdir(), 'hdfmgr-test-'));
  const place = (name: string): string => {
    mkdirSync(join(directory, name), { recursive: true });
    return join(directory, name);
  };
  const own = options.withoutCouch || options.couchUrl !== undefined;
  const borrowed = own ? undefined : await borrowCouchdb();
  const couch = options.withoutCouch || borrowed ? undefined : await startCouchServer();
  const url = options.couchUrl ?? borrowed?.url ?? couch?.url ?? 'http://127.0.0.1:9';
  const children = new Set<ChildProcess>();
  const configuration = join(directory, 'config.yaml');
  const server = createNanoServer(url, {
    clock: createSystemClock(),
    random: createSystemRandom(),
    log: silentLogger,
    giveUpAfter_ms: 5000,
  });
  const places = {
    buffer: place('buffer'),
    holding: place('holding'),
    endpointBuffer: place('endpoint/buffer'),
    staging: place('endpoint/staging'),
  };
  const start = (args: string[]): Manager => {
    const manager = startProgram(directory, args, world.prefix);
    children.add(manager.child);
    return manager;
  };
  const world: World = {
    directory,
    ...places,
    configuration,
    prefix: [],
    couch,
    server,
    configure: (changed) => writeConfiguration(world, url, changed),
    run: (...more) => start(['run', ...more, configuration]),
    async runUntilEmpty() {
      const manager = start(['run', '--until-empty', configuration]);
      const code = await manager.ended;
      if (code !== 0) throw new Error(`ended with ${code}: ${manager.output()}`);
      return manager.output();
    },
    async command(...args) {
      const program = start(args);
      return { code: await program.ended, output: program.output() };
    },
    fileRecords: () => server.open('handoff-files').allDocs<FileRecord>(),
    batchRecords: () => server.open('handoff-batches').allDocs<BatchRecord>(),
    async close() {
      for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
      await couch?.close();
      await borrowed?.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  world.configure(options);
  return world;
}

function writeConfiguration(world: World, url: string, options: WorldOptions): void {
  const content = {
    database: { engine: url.replace(/^http/, 'couchdb') },
    handoff: { buffer: world.buffer, holding: world.holding, ...options.handoff },
    endpoint: {
      buffer: world.endpointBuffer,
      staging: world.staging,
      commands: {
        remote: options.remote ?? 'sh -c "{command}"',
        transfer: options.transfer ?? 'cp -p {file} {dest}',
      },
      ...options.endpoint,
    },
    general: { pause: 0.2, retry_limit: 1, ...options.general },
  };
  writeFileSync(world.configuration, stringify(content));
}

function startProgram(directory: string, args: string[], prefix: string[]): Manager {
  const [file = process.execPath, ...before] = [...prefix, process.execPath, PROGRAM, ...args];
  const child = spawn(file, before, {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      output += text;
      for (const listener of listeners) listener();
    });
  }
  const ended = once(child, 'close').then(
    ([code, signal]) => (code ?? signal) as number | NodeJS.Signals,
  );
  return {
    child,
    output: () => output,
    ended,
    said: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (pattern.test(output)) resolve();
        };
        listeners.add(look);
        look();
        ended.then(() => reject(new Error(`it ended without ${pattern}: ${output}`)));
      }),
  };
}

/** Resolves when `condition` holds; fails with `what` after the limit. */
export async function until(
  what: string | (() => string),
  condition: () => boolean | Promise<boolean>,
  limit_ms = Number(process.env.DRAWS_PATIENCE_MS ?? 60_000),
): Promise<void> {
  const end = performance.now() + limit_ms;
  while (!(await condition())) {
    if (performance.now() > end) {
      throw new Error(`never: ${typeof what === 'string' ? what : what()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
