// The second world: sites with databases and files in memory, links between them, processes with
// actors in them, and one virtual clock. The same seed gives the same run.

import type { Executive } from '../../core/executives.ts';
import type { Actor, ActorFactory } from '../../platform/actor/actor.ts';
import { numberBetween } from '../../platform/random/random.ts';
import { createSeededRandom } from '../../platform/random/seeded-random.ts';
import {
  createVirtualClock,
  type RunLimits,
  type VirtualClock,
  VirtualTimeError,
} from '../clock/virtual-clock.ts';
import type { OperatorScript } from '../console/scripted-console.ts';
import { type CrashPlan, type StrikeAt, strikeOf } from '../fault/port-gate.ts';
import { CollectedLog } from '../log/collected-log.ts';
import { ShippedSites } from '../shipped/shipped-sites.ts';
import type { ProcessEnd, RunningProcess } from './launch.ts';
import { Network, type Traffic } from './network.ts';
import { ProcessTable } from './process-table.ts';
import { SimulatedProcess } from './simulated-process.ts';
import { SupervisedActor } from './supervised-actor.ts';
import type { Program, WorldContext } from './world-context.ts';

/** Milliseconds, from and to: drawn anew for each use. */
type Range = readonly [low_ms: number, high_ms: number];

export interface WorldOptions {
  seed: string;
  sites: readonly Executive[];
  /** Multiplies the deliberate waiting times. */
  pace: number;
  programs?: Readonly<Record<string, Program>>;
  /** One process dies at one of its port calls: the first of this name at this site. */
  crash?: CrashPlan & { process: string; site: Executive };
  /** What befalls the processes of a name at a site at their port calls; asked for each process. */
  strikesOf?(process: string, site: Executive): StrikeAt | undefined;
  /** Half a round trip to the site's own database or disk. */
  requestLatency_ms?: Range;
  /** One way between two sites. */
  linkLatency_ms?: Range;
  /** The embedded servers as they ship, in place of the quick ones. */
  shipped?: boolean;
  /** Before a killed actor is started again. */
  restartDelay_ms?: number;
  /** When the world begins, and how many times faster its calendar goes than its machinery. */
  start?: string;
  calendarRate?: number;
  /** How large things go over the links. */
  traffic?: Traffic;
  /**
   * Nothing is slow or dies here but by `stop`: calls take effect at once, with nothing between an
   * actor and its ports. For runs of a year in seconds.
   */
  undisturbed?: boolean;
  /** Also one that ended in an error is started again; without this that ends the run. */
  restartsFailed?: boolean;
}

export interface ActorStart<Options> {
  site: Executive;
  name: string;
  factory: ActorFactory<Options>;
  options: Options;
  /** What a person at its terminal does. */
  script?: OperatorScript;
}

export class World {
  readonly clock: VirtualClock;
  readonly log: CollectedLog;
  readonly network: Network;
  readonly actors: SupervisedActor[] = [];
  /** All that were started so far, dead ones too; in an undisturbed world none. */
  readonly processes: SimulatedProcess[] = [];
  readonly #context: WorldContext;
  readonly #restartDelay_ms: number;
  readonly #restartsFailed: boolean;
  #failure: Error | undefined;

  constructor(options: WorldOptions) {
    const random = createSeededRandom(options.seed);
    const { start, calendarRate, traffic, undisturbed = false } = options;
    this.clock = createVirtualClock({
      ...(start !== undefined && { start }),
      ...(calendarRate !== undefined && { calendarRate }),
    });
    this.log = new CollectedLog(() => this.clock.now(), { warningsOnly: undisturbed });
    const draw = (range: Range) => () => numberBetween(random, ...range);
    this.#restartDelay_ms = options.restartDelay_ms ?? 1000;
    this.#restartsFailed = options.restartsFailed ?? false;
    const { clock } = this;
    const chance = createSeededRandom(`${options.seed} servers`);
    this.network = new Network({
      clock,
      shipped: options.shipped ? new ShippedSites({ clock, random: chance }) : undefined,
      linkLatency_ms: draw(options.linkLatency_ms ?? [40, 120]),
      feedLatency_ms: undisturbed ? 0 : 1,
      sharedReads: undisturbed,
      traffic,
    });
    let planned = options.crash;
    this.#context = {
      seed: options.seed,
      pace: options.pace,
      undisturbed,
      clock: this.clock,
      random,
      log: this.log,
      network: this.network,
      table: new ProcessTable(),
      programs: options.programs ?? {},
      requestLatency_ms: draw(options.requestLatency_ms ?? [0.2, 2]),
      spawn: (launch) => {
        const isMeant = planned?.process === launch.name && planned.site === launch.host.executive;
        const crash = isMeant && planned ? strikeOf(planned) : undefined;
        if (isMeant) planned = undefined;
        const strikes = crash ?? options.strikesOf?.(launch.name, launch.host.executive);
        const process = new SimulatedProcess(this.#context, launch, strikes);
        if (!undisturbed) this.processes.push(process);
        return process;
      },
    };
  }

  /** Starts a long-running actor, which is started again whenever it is killed. */
  startActor<Options>(start: ActorStart<Options>): SupervisedActor {
    const launch = { ...this.#launchOf(start), heartbeat: true };
    const actor = new SupervisedActor(this.#context, launch, {
      restartDelay_ms: this.#restartDelay_ms,
      restartsFailed: this.#restartsFailed,
      onFailure: (error) => {
        this.#failure ??= error;
      },
    });
    this.actors.push(actor);
    return actor;
  }

  /** Runs a one-shot actor to its end; time passes. */
  async run<Options>(start: ActorStart<Options>): Promise<ProcessEnd> {
    return this.clock.complete(this.start(start).ended);
  }

  /** Starts a one-shot actor, and again whenever it was killed: somebody waits for its end. */
  startPatiently<Options>(start: ActorStart<Options>): void {
    void this.start(start).ended.then(({ signal, exitCode }) => {
      const hasFailed = exitCode !== 0 && this.#restartsFailed;
      if (signal === null && !hasFailed) return;
      this.clock.timer(this.#restartDelay_ms, () => this.startPatiently(start));
    });
  }

  /** Starts a one-shot actor. */
  start<Options>(start: ActorStart<Options>): RunningProcess {
    return this.#context.spawn({ ...this.#launchOf(start), heartbeat: false });
  }

  /**
   * Lets time pass until `condition` holds. Throws where it never does, with the last lines of the
   * log, and where an actor ended in an error.
   */
  async runUntil(condition: () => boolean, limits?: RunLimits): Promise<void> {
    try {
      await this.clock.runUntil(() => {
        if (this.#failure) throw this.#failure;
        return condition();
      }, limits);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const message = [error.message, ...this.log.lastLines(30)].join('\n');
      throw new VirtualTimeError(message, 'see the last lines of the log');
    }
  }

  /** Stops all actors, in the reverse order of their start; time passes. */
  async stop(): Promise<void> {
    for (const actor of this.actors.toReversed()) await this.clock.complete(actor.stop());
  }

  #launchOf<Options>({ site, name, factory, options, script }: ActorStart<Options>) {
    const host = this.network.host(site);
    const env = { DRAWS_LOCATION: site };
    const start = (ports: Parameters<typeof factory>[0]): Promise<Actor> =>
      factory(ports, options);
    return { name, host, start, env, script };
  }
}

export async function createWorld(options: WorldOptions): Promise<World> {
  const world = new World(options);
  await world.clock.complete(world.network.build(options.sites));
  return world;
}
