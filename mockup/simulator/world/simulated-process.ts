// One process of the simulated world: an actor over its own gated ports, with the bus inside it.
// It can be stopped, killed, or die at a port call that was chosen beforehand.

import { databaseNames } from '../../core/databases.ts';
import { describeError } from '../../core/errors.ts';
import type { Actor, ActorPorts } from '../../platform/actor/actor.ts';
import { startHeartbeat } from '../../platform/actor/heartbeat.ts';
import { createBus } from '../../platform/bus/create-bus.ts';
import type { Holder } from '../../platform/bus/message.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { Releases } from '../../platform/process/releases.ts';
import { createSeededRandom } from '../../platform/random/seeded-random.ts';
import { createScriptedConsole, type OperatorScript } from '../console/scripted-console.ts';
import {
  gatedClock,
  gatedConsole,
  gatedFiles,
  gatedPrograms,
  gatedServer,
  gatedSites,
  gatedTreeSync,
} from '../fault/gated-ports.ts';
import { PortGate, type StrikeAt } from '../fault/port-gate.ts';
import { createSimulatedFiles } from '../files/simulated-files.ts';
import type { Launch, ProcessEnd, RunningProcess } from './launch.ts';
import type { SimulatedHost } from './network.ts';
import { createSimulatedPrograms } from './simulated-programs.ts';
import type { WorldContext } from './world-context.ts';

const noActivity: ActorPorts['activity'] = { begin: () => () => {}, count: () => {} };

export class SimulatedProcess implements RunningProcess {
  readonly holder: Holder;
  readonly gate: PortGate;
  readonly env: Readonly<Record<string, string>>;
  readonly host: SimulatedHost;
  /** Settles when the process is gone. */
  readonly ended: Promise<ProcessEnd>;
  readonly #world: WorldContext;
  readonly #log: Logger;
  readonly #releases = new Releases();
  readonly #started: Promise<Actor | undefined>;
  #resolveEnded: (end: ProcessEnd) => void = () => {};

  /** `strikeAt`: what befalls it at its port calls. */
  constructor(world: WorldContext, launch: Launch, strikeAt?: StrikeAt) {
    const { name, host } = launch;
    this.#world = world;
    this.host = host;
    this.env = launch.env;
    this.holder = world.table.add(name, host.executive, world.random.hex(16));
    this.gate = new PortGate({
      clock: world.clock,
      latency_ms: world.requestLatency_ms,
      strikeAt,
      onKill: () => this.kill(),
    });
    this.#log = world.log.loggerOf(`${name}@${host.executive}`, () => this.gate.alive);
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#started = this.#start(launch);
  }

  /** As `kill -9`: at once, with its children, whatever it was doing. */
  kill(): void {
    this.#end({ exitCode: null, signal: 'SIGKILL' });
  }

  /** As SIGTERM: the actor gives back what it has in flight. Resolves when the process is gone. */
  async stop(): Promise<ProcessEnd> {
    void this.#started.then(async () => {
      await this.#releases.release();
      this.#end({ exitCode: null, signal: 'SIGTERM' });
    });
    return this.ended;
  }

  async #start(launch: Launch): Promise<Actor | undefined> {
    try {
      const actor = await launch.start(await this.#ports(launch));
      this.#releases.add(() => actor.stop());
      const { finished } = actor;
      if (finished) void this.#endAfter(finished);
      return actor;
    } catch (error) {
      this.#log.error({ err: error }, `could not start: ${describeError(error)}`);
      this.#end({ exitCode: 1, signal: null });
      return undefined;
    }
  }

  async #endAfter(finished: NonNullable<Actor['finished']>): Promise<void> {
    const exitCode = await finished.then(
      (result) => result.exitCode,
      (error) => {
        this.#log.error({ err: error }, describeError(error));
        return 1;
      },
    );
    await this.#releases.release();
    this.#end({ exitCode, signal: null });
  }

  async #ports({ name, host, heartbeat, script }: Launch): Promise<ActorPorts> {
    const { holder } = this;
    const { table, seed, pace } = this.#world;
    const site = host.executive;
    const { clock, ...others } = this.#outside(host, script);
    const random = createSeededRandom(`${seed} ${name}@${site} ${holder.pid}`);
    const log = this.#log;
    const databases = this.#databases(host, { clock, random, log });
    const self = {
      self: holder,
      host: host.name,
      originIP: '127.0.0.1',
      isHolderGone: (other: Holder) => table.isGone(other, site),
    };
    const messages = databases.open(databaseNames.messages);
    // Its time limits and leases are those of the machinery, whatever the calendar says.
    const busClock = this.#world.undisturbed ? this.#world.clock.machinery : clock;
    const common = { ...self, messages, random, log };
    const bus = createBus({ ...common, clock: busClock, listens: heartbeat });
    this.#releases.add(() => bus.close());
    let activity = noActivity;
    if (heartbeat) {
      const actors = databases.open(databaseNames.actors);
      const beat = await startHeartbeat({ ...self, actors, clock: busClock, log });
      this.#releases.add(() => beat.stop());
      activity = beat.activity;
    }
    return { ...{ site, name, clock, random, log, databases, bus, activity, pace }, ...others };
  }

  #databases(
    { server }: SimulatedHost,
    ports: Pick<ActorPorts, 'clock' | 'random' | 'log'>,
  ): ActorPorts['databases'] {
    const { gate } = this;
    if ('clientOf' in server) return server.clientOf({ gate, ...ports });
    return this.#world.undisturbed ? server : gatedServer(gate, server);
  }

  /** What else is outside of the process. */
  #outside(host: SimulatedHost, script: OperatorScript | undefined) {
    const { gate } = this;
    const { clock, network, undisturbed } = this.#world;
    const files = createSimulatedFiles(host.tree);
    const treeSync = network.treeSyncOf(host);
    const programs = createSimulatedPrograms(this.#world, this);
    const console = createScriptedConsole(script);
    const { staticSites: sites } = host;
    if (undisturbed) return { clock, files, treeSync, programs, sites, console };
    return {
      clock: gatedClock(gate, host.clock),
      files: gatedFiles(gate, files),
      treeSync: gatedTreeSync(gate, treeSync),
      programs: gatedPrograms(gate, programs),
      sites: gatedSites(gate, sites),
      console: gatedConsole(gate, console),
    };
  }

  #end(end: ProcessEnd): void {
    if (!this.gate.alive) return;
    this.gate.end();
    this.#world.table.remove(this.holder);
    this.#resolveEnded(end);
  }
}
