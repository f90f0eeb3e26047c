// Both hosts, from nothing to a running line: the steps of MULTIHOST.md, with the commands that
// stand there.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ownCommand } from '../../mockup/cli/own-command.ts';
import type { ProcessEvent } from '../../mockup/cli/up/supervised-process.ts';
import { Releases } from '../../mockup/platform/process/releases.ts';
import { freePortFrom } from '../prompt-demo.d/free-port.ts';
import { Cable } from './cable.ts';
import { Host } from './host.ts';
import {
  CACHE_PORT,
  COUCHDB_PORT,
  DASHBOARD_PORT,
  type HostPlan,
  hostEnvironment,
  type Plan,
  type PlannedActor,
  planHosts,
  plannedActors,
} from './host-plan.ts';
import { openRelay } from './relay.ts';
import { sshDaemon, writeSiteFiles } from './site-files.ts';

export interface TwoHostsOptions {
  /** Empty; removed at the end unless it is to be kept. */
  directory: string;
  keep?: boolean;
  pace: number;
  failureRate: number;
  /** Pipeline jobs at a time at the ARC; default: 2. */
  maxJobs?: number;
  /** Each server also at `localhost` of its host, where the Python actors look for it. */
  atLocalhost?: boolean;
  say(text: string): void;
  onEvent(event: ProcessEvent): void;
}

export interface Site {
  plan: HostPlan;
  host: Host;
  /** The database server, reachable from this script whatever the cable does. */
  relayedUrl: string;
  /** The variables of the host's actors. */
  env: Record<string, string>;
  /** On this machine, once they are forwarded. */
  pages?: { dashboard: string; cache: string };
}

export class TwoHosts {
  readonly options: TwoHostsOptions;
  readonly plan: Plan;
  readonly jao: Site;
  readonly arc: Site;
  readonly cable: Cable;
  readonly #releases = new Releases();

  constructor(options: TwoHostsOptions) {
    this.options = options;
    this.plan = planHosts(options.directory);
    writeSiteFiles(this.plan);
    const site = (plan: HostPlan): Site => {
      const host = new Host(plan.name, join(plan.directory, 'logs/agent.log'), options.onEvent);
      return { plan, host, relayedUrl: '', env: hostEnvironment(plan, this.plan, options) };
    };
    this.jao = site(this.plan.jao);
    this.arc = site(this.plan.arc);
    this.cable = new Cable(this.jao.host, this.arc.host);
    this.#releases.add(() => this.#end());
  }

  get sites(): readonly Site[] {
    return [this.jao, this.arc];
  }

  /** Servers, databases, replications; no actors yet. */
  async start(): Promise<void> {
    const { directory, keep, say } = this.options;
    const removed = keep ? {} : { everything: directory };
    for (const { plan, host } of this.sites) {
      await host.request({ do: 'set-up', identity: { ...plan, ...removed } });
    }
    await this.cable.connect([this.jao.plan.address, this.arc.plan.address]);
    say(`two hosts: ${this.sites.map(({ plan }) => `${plan.name} ${plan.address}`).join(', ')}`);
    await Promise.all(this.sites.map((site) => this.#startServices(site)));
    await Promise.all(this.sites.map((site) => this.draws(site, 'init')));
    await this.draws(this.jao, 'replicate', 'apply');
    say('servers run, replications are set up');
  }

  async #startServices(site: Site): Promise<void> {
    const { plan, host } = site;
    await this.startServer(site);
    const ssh = { name: `${plan.executive}-sshd`, argv: sshDaemon(), env: {}, ready: false };
    await host.request({ do: 'start', process: { ...ssh, logFile: this.logOf(site, 'sshd') } });
    const socket = join(plan.directory, 'couchdb.sock');
    const { address } = plan;
    await host.request({ do: 'relay', socket, host: address, port: COUCHDB_PORT });
    const relay = await openRelay(socket);
    this.#releases.add(() => relay.close());
    site.relayedUrl = `http://${plan.admin}@127.0.0.1:${relay.port}`;
  }

  async startServer(site: Site): Promise<void> {
    const { plan, host } = site;
    const own = ownCommand('couchdb');
    const data = join(plan.directory, 'couchdb');
    const address = this.options.atLocalhost ? '0.0.0.0' : plan.address;
    const args = ['--host', address, '--port', String(COUCHDB_PORT), '--data', data];
    await host.request({
      do: 'start',
      process: {
        name: `${plan.executive}-couchdb`,
        argv: [own.file, ...own.args, ...args],
        env: { COUCHDB_ADMIN: plan.admin },
        logFile: this.logOf(site, 'couchdb'),
        ready: true,
      },
    });
  }

  /** Starts a dashboard on each host; it and the cache are at ports of this machine then. */
  async forwardPages(): Promise<void> {
    const [dashboards, caches] = [await freePortFrom(5000), await freePortFrom(8000)];
    for (const [index, site] of this.sites.entries()) {
      const cache = await this.#forward(
        site,
        'cache',
        site.plan.address,
        CACHE_PORT,
        caches + index,
      );
      const args = ['dashboard', '--sites', 'JAO,EU', '--cache-url', cache];
      await this.startActor(site, { name: `${site.plan.executive}-dashboard`, args });
      const port = dashboards + index;
      const page = await this.#forward(site, 'dashboard', '127.0.0.1', DASHBOARD_PORT, port);
      site.pages = { dashboard: page, cache };
      this.options.say(`${site.plan.name}: dashboard ${page}/, cache ${cache}/`);
    }
  }

  async #forward(site: Site, what: string, host: string, port: number, here: number) {
    const socket = join(site.plan.directory, `${what}.sock`);
    await site.host.request({ do: 'relay', socket, host, port });
    // Somebody else may have this very port.
    const relay = await openRelay(socket, here).catch(() => openRelay(socket));
    this.#releases.add(() => relay.close());
    return `http://localhost:${relay.port}`;
  }

  /** Runs a command of `draws` on a host; throws where it fails. */
  draws({ host, env }: Site, command: string, ...args: string[]): Promise<string> {
    const own = ownCommand(command);
    return host.must([own.file, ...own.args, ...args], env);
  }

  actorsOf({ plan }: Site, robots: boolean): PlannedActor[] {
    return plannedActors(plan, this.plan, { robots, maxJobs: this.options.maxJobs });
  }

  /** Starts one actor; resolves when it runs, unless that is not to be waited for. */
  async startActor(
    site: Site,
    actor: PlannedActor,
    added: Record<string, string> = {},
    ready = true,
  ): Promise<void> {
    const [command = '', ...args] = actor.args;
    const own = ownCommand(command);
    await site.host.request({
      do: 'start',
      process: {
        name: actor.name,
        argv: [own.file, ...own.args, ...args],
        env: { ...site.env, ...added },
        logFile: this.logOf(site, command),
        ready,
      },
    });
  }

  async startActors(robots: boolean): Promise<void> {
    await Promise.all(
      this.sites.flatMap((site) =>
        this.actorsOf(site, robots).map((actor) => this.startActor(site, actor)),
      ),
    );
    this.options.say('all actors run');
  }

  logOf({ plan }: Site, program: string): string {
    const logs = join(plan.directory, 'logs');
    mkdirSync(logs, { recursive: true });
    return join(logs, `${program}.log`);
  }

  async stop(): Promise<void> {
    await this.#releases.release();
  }

  async #end(): Promise<void> {
    await Promise.all(this.sites.map(({ host }) => host.leave()));
    await Promise.all(this.sites.map(({ host }) => host.stop()));
  }
}
