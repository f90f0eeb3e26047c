// All of prompt processing as processes that can be killed and come again at the same address with
// the same data.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const cli = join(import.meta.dirname, '../../../mockup/cli');
const IMAGE_TIMEOUT_S = 20;
const GIVE_UP_S = 660;

const SERVERS = ['couchdb', 'pubsub', 'storage', 'databases', 'cloud-run'] as const;
export type ServerName = (typeof SERVERS)[number];

export interface NightPlan {
  directory: string;
  instrument: string;
  workers: string;
  /** Where it is given, the embedded one is not started. */
  postgresUrl: string | undefined;
}

export class NightServers {
  readonly ports = {} as Record<ServerName, number>;
  readonly #plan: NightPlan;
  readonly #running = new Map<ServerName, ChildProcess>();
  /** Ends of processes that nobody had asked for. */
  readonly unexpected: string[] = [];
  #log = '';

  constructor(plan: NightPlan) {
    this.#plan = plan;
  }

  get postgresUrl(): string {
    const embedded = `postgresql://postgres@127.0.0.1:${this.ports.databases}/postgres?sslmode=disable`;
    return this.#plan.postgresUrl ?? embedded;
  }

  get env(): Record<string, string> {
    const { couchdb, pubsub, storage } = this.ports;
    return {
      COUCHDB_URL: `http://127.0.0.1:${couchdb}`,
      PUBSUB_EMULATOR_HOST: `127.0.0.1:${pubsub}`,
      STORAGE_EMULATOR_HOST: `http://127.0.0.1:${storage}`,
      METADATA_SERVER_DETECTION: 'none',
      RUBIN_INSTRUMENT: this.#plan.instrument,
      PUBSUB_VERIFICATION_TOKEN: 'token',
      IMAGE_BUCKET: 'rubin-prompt-proto-main',
      CALIB_REPO: join(this.#plan.directory, 'repository'),
      IMAGE_TIMEOUT: String(IMAGE_TIMEOUT_S),
      APDB_URL: this.postgresUrl,
      PIPELINE_SECONDS: '0.1..1',
      PIPELINE_FAILURE_RATE: '0.05',
    };
  }

  get output(): string {
    return this.#log.slice(-20_000);
  }

  async start(name: ServerName): Promise<void> {
    this.ports[name] ??= await freePort();
    const program = name === 'couchdb' ? 'draws' : 'prompt-proto';
    const data = join(this.#plan.directory, name);
    const more = {
      couchdb: ['--data', data],
      pubsub: [],
      storage: ['--data', data],
      databases: ['--data', data],
      'cloud-run': ['--workers', this.#plan.workers, '--give-up', String(GIVE_UP_S)],
    }[name];
    const args = [join(cli, `${program}.mjs`), name, '--port', String(this.ports[name]), ...more];
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...this.env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#running.set(name, child);
    child.stderr?.on('data', (text: Buffer) => {
      this.#log += `${name}: ${text}`;
    });
    child.once('exit', (code, signal) => {
      if (this.#running.get(name) === child) this.unexpected.push(`${name} (${signal ?? code})`);
    });
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      if (line.includes('listening on')) {
        child.stdout?.resume();
        return;
      }
    }
    throw new Error(`${name} ended before it listened:\n${this.output}`);
  }

  async kill(name: ServerName, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#running.get(name);
    if (!child) return;
    this.#running.delete(name);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  async stop(): Promise<void> {
    for (const name of [...SERVERS].reverse()) await this.kill(name, 'SIGTERM');
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
