// Faults without root: two servers on this machine with a proxy as their link. Caches are copied
// on one disk, so neither a full disk nor a bad cable can be had.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ownCommand } from '../../mockup/cli/own-command.ts';
import { connectTo } from '../../mockup/cli/site/connection.ts';
import { type ProcessEvent, SupervisedProcess } from '../../mockup/cli/up/supervised-process.ts';
import type { Executive } from '../../mockup/core/executives.ts';
import { applyReplications } from '../../mockup/replication/apply.ts';
import { initDatabases } from '../../mockup/replication/init-databases.ts';
import { planReplications } from '../../mockup/replication/plan.ts';
import type { ChaosSite, ChaosWorld } from './chaos-world.ts';
import type { WorldOptions } from './hosts-world.ts';
import { LinkProxy } from './link-proxy.ts';

interface LocalSite extends ChaosSite {
  executive: Executive;
  env: Record<string, string>;
  actors: readonly (readonly [command: string, ...args: string[]])[];
}

const STOP_LIMIT_MS = 2_500;

export async function createLocalWorld(options: WorldOptions): Promise<ChaosWorld> {
  const world = new LocalWorld(options);
  try {
    await world.start();
    return world;
  } catch (error) {
    await world.stop();
    throw error;
  }
}

class LocalWorld implements ChaosWorld {
  readonly kinds = ['kill', 'freeze', 'cut', 'shift-clock', 'duplicate', 'replay'] as const;
  readonly unable = ['full disks, bad cables and rsync over ssh need two hosts, and so root'];
  readonly jao: LocalSite;
  readonly arc: LocalSite;
  readonly #options: WorldOptions;
  readonly #running = new Map<string, SupervisedProcess>();
  readonly #links: LinkProxy[] = [];
  #restarts = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.jao = this.#site('JAO', [
      ['aqua-batch-helper'],
      ['dra', '--auto', '-a', 'EU'],
      ['xtss'],
      ['aqua-qa2', '--auto', 'pass=0.9,semipass=0.1,fail=0'],
      ['product-ingestor'],
      ['replicated-cache', '--port', '0'],
    ]);
    this.arc = this.#site('EU', [
      ['torque-maui', '--max-jobs', '2'],
      ['data-tracker'],
      ['replicated-cache', '--port', '0'],
    ]);
  }

  get processes(): string[] {
    return this.#sites.flatMap(({ name, actors }) => [
      `${name}-couchdb`,
      ...actors.map(([command]) => `${name}-${command}`),
    ]);
  }

  get #sites(): LocalSite[] {
    return [this.jao, this.arc];
  }

  #site(executive: Executive, actors: LocalSite['actors']): LocalSite {
    const { directory, pace, failureRate } = this.#options;
    const here = join(directory, executive.toLowerCase());
    const cacheOf = (name: string): string => join(directory, name, 'cache');
    const cache = cacheOf(executive.toLowerCase());
    mkdirSync(join(cache, 'weblogs'), { recursive: true });
    const env = {
      DRAWS_LOCATION: executive,
      DRAWS_LOCAL_CACHE: cache,
      DRAWS_JAO_CACHE: cacheOf('jao'),
      DRAWS_EU_CACHE: cacheOf('eu'),
      DRAWS_RUNS: join(here, 'runs'),
      DRAWS_PACE: String(pace),
      DRAWS_FAILURE_RATE: String(failureRate),
    };
    return { executive, name: executive, url: '', cache, runs: env.DRAWS_RUNS, env, actors };
  }

  async start(): Promise<void> {
    await Promise.all(this.#sites.map((site) => this.#startServer(site)));
    const { jao, arc } = this;
    for (const { url } of this.#sites) await initDatabases(connectTo(url));
    // Each site pulls through a link of its own; what it writes goes to its own server directly.
    for (const [receiver, source] of [
      [jao, arc],
      [arc, jao],
    ] as const) {
      const link = await LinkProxy.open(Number(new URL(source.url).port));
      this.#links.push(link);
      const far = { executive: source.executive, url: link.url };
      const near = { executive: receiver.executive, url: receiver.url };
      const plan =
        receiver === jao ? planReplications(near, [far]) : planReplications(far, [near]);
      const pulled = plan.filter((one) => one.receiver.executive === receiver.executive);
      await applyReplications(pulled, ({ url }) => connectTo(url));
    }
    const started = this.#sites.flatMap((site) => this.#startActors(site, {}));
    await Promise.all(started.map((one) => one.firstMessage()));
  }

  async #startServer(site: LocalSite): Promise<void> {
    const data = join(this.#options.directory, site.name.toLowerCase(), 'couchdb');
    const server = this.#start(`${site.name}-couchdb`, ['couchdb', '--port', '0', '--data', data]);
    const { url } = (await server.firstMessage()) as { url: string };
    site.url = url;
    const { port } = new URL(url);
    server.spec.args = server.spec.args.map((arg) => (arg === '0' ? port : arg));
    site.env.COUCHDB_URL = url;
  }

  #startActors({ name, actors, env }: LocalSite, added: Record<string, string>) {
    return actors.map(([command, ...args]) =>
      this.#start(`${name}-${command}`, [command, ...args], { ...env, ...added }),
    );
  }

  #start(
    name: string,
    [command = '', ...args]: readonly string[],
    env: Record<string, string> = {},
  ): SupervisedProcess {
    const own = ownCommand(command);
    const spec = {
      name,
      file: own.file,
      args: [...own.args, ...args],
      env: { ...process.env, ...env },
      logFile: join(this.#options.directory, `${name}.log`),
    };
    const started = new SupervisedProcess(spec, (event) => this.#onEvent(event));
    this.#running.set(name, started);
    return started;
  }

  #onEvent({ kind, name, reason }: ProcessEvent): void {
    if (kind === 'restarting') this.#restarts += 1;
    else this.#options.say(`${name} is not started again: ${reason}`);
  }

  async signal(name: string, signal: NodeJS.Signals): Promise<boolean> {
    const pid = this.#running.get(name)?.pid;
    if (pid === undefined) return false;
    try {
      return process.kill(pid, signal);
    } catch {
      return false;
    }
  }

  async cut(): Promise<void> {
    for (const link of this.#links) link.cut();
  }

  async mendLink(): Promise<void> {
    for (const link of this.#links) link.mend();
  }

  async shiftClock(name: string, offset_s: number): Promise<void> {
    const site = name === 'JAO' ? this.jao : this.arc;
    await Promise.all(
      site.actors.map(async ([command]) => {
        const actor = `${name}-${command}`;
        await this.signal(actor, 'SIGCONT');
        await this.#running.get(actor)?.stop(STOP_LIMIT_MS);
      }),
    );
    this.#startActors(site, { DRAWS_CLOCK_OFFSET_MS: String(offset_s * 1000) });
  }

  spoil = async (): Promise<undefined> => undefined;
  killRsync = async (): Promise<number> => 0;
  fillDisk = async (): Promise<void> => {};
  emptyDisk = async (): Promise<void> => {};

  restarts(): number {
    return this.#restarts;
  }

  async stop(): Promise<void> {
    const isServer = (name: string): boolean => name.endsWith('-couchdb');
    const stopAll = async (servers: boolean): Promise<void> => {
      const some = [...this.#running].filter(([name]) => isServer(name) === servers);
      for (const [name] of some) await this.signal(name, 'SIGCONT');
      await Promise.all(some.map(([, one]) => one.stop(STOP_LIMIT_MS)));
    };
    await stopAll(false);
    await stopAll(true);
    await Promise.all(this.#links.map((link) => link.close()));
  }
}
