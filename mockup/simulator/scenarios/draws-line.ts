// The whole line in the simulated world: OUSs are launched one after the other, and everything
// runs until all of them are Delivered and nothing is left to do.

import type { VerdictShares } from '../../actors/aqua-qa2/robot.ts';
import { createLauncher } from '../../actors/launcher/launcher.ts';
import { type Executive, isExecutive } from '../../core/executives.ts';
import { pipelineRecipes } from '../../core/ous/recipes.ts';
import type { ActorFactory } from '../../platform/actor/actor.ts';
import { pickOne } from '../../platform/random/random.ts';
import { createSeededRandom } from '../../platform/random/seeded-random.ts';
import { type CheckedSite, checkLine } from '../checkers/line-checker.ts';
import { createSimulatedFiles } from '../files/simulated-files.ts';
import type { DocumentBody } from '../store/document-body.ts';
import type { ObservedStore } from '../store/observed-store.ts';
import { cacheDirectoryOf } from '../world/network.ts';
import type { SupervisedActor } from '../world/supervised-actor.ts';
import { createWorld, type World, type WorldOptions } from '../world/world.ts';
import {
  type LineActorsOptions,
  type Persons,
  startLineActors,
  startTwin,
} from './line-actors.ts';
import { linePrograms } from './line-programs.ts';
import { startOperator } from './operator.ts';

const LAUNCH_INTERVAL_MS = 2000;
const LIMIT_MS = 6 * 3_600_000;

export interface DrawsLineOptions extends Partial<Omit<WorldOptions, 'programs'>> {
  seed: string;
  /** How many OUSs. */
  ous: number;
  /** Of the pipeline, 0 to 1. Default 0.1. */
  failureRate?: number;
  verdicts?: VerdictShares;
  /** Pipeline jobs at a time at each ARC. Default 1. */
  maxJobs?: number;
  /** Which OUSs, by number, are launched with a recipe; others get one by the batch helper. */
  hasRecipe?(n: number): boolean;
  /** Persons at the terminals of DRA and AQUA in place of the robots. */
  persons?: Persons;
  /** Another XTSS in place of this product's. */
  xtss?: ActorFactory;
  /** Two of each actor that receives. */
  twins?: boolean;
}

export class DrawsLine {
  readonly world: World;
  readonly ousUids: readonly string[];
  readonly arcs: readonly Executive[];
  readonly #actors: LineActorsOptions;

  constructor(
    world: World,
    ousUids: readonly string[],
    arcs: readonly Executive[],
    actors: LineActorsOptions,
  ) {
    this.world = world;
    this.ousUids = ousUids;
    this.arcs = arcs;
    this.#actors = actors;
  }

  /** Starts a second one of an actor, which shares nothing with the first but what sites share. */
  startTwin(process: string, site: Executive): SupervisedActor | undefined {
    return startTwin(this.world, this.#actors, process, site);
  }

  /** Lets time pass until all OUSs are Delivered and the line has come to rest. */
  async runToDelivered(limit_ms: number = LIMIT_MS, steps_max?: number): Promise<void> {
    const { network } = this.world;
    const ouss = network.host('JAO').server.observe('status-entities');
    const delivered = whenChanged(ouss, () => {
      const done = ouss.bodies().filter(({ state }) => state === 'Delivered');
      return done.length === this.ousUids.length;
    });
    const quiet = [...network.hosts.values()].map(({ server }) => {
      const messages = server.observe('msgq');
      return whenChanged(messages, () => messages.bodies().every(isDone));
    });
    const isOver = (): boolean =>
      delivered() && quiet.every((isQuiet) => isQuiet()) && network.caughtUp;
    await this.world.runUntil(isOver, { limit_ms, ...(steps_max && { steps_max }) });
  }

  /** The histories of all OUSs, as text: the same for the same seed. */
  histories(): string {
    const store = this.world.network.host('JAO').server.observe('status-entities');
    const ouss = store.bodies().filter(({ _id }) => !_id.startsWith('_design/'));
    const lines = ouss.map(({ entityId, history }) => {
      return [entityId, ...(history as object[]).map((entry) => JSON.stringify(entry))].join('\n');
    });
    return lines.join('\n\n');
  }

  /** What is wrong with the outcome; nothing: an empty list. Time passes. */
  async check(): Promise<string[]> {
    const checked = checkLine({
      jao: this.#site('JAO'),
      arcs: this.arcs.map((arc) => this.#site(arc)),
      ousUids: this.ousUids,
    });
    return this.world.clock.complete(checked);
  }

  #site(executive: Executive): CheckedSite {
    const { server, tree } = this.world.network.host(executive);
    const files = createSimulatedFiles(tree);
    const cache = { files, directory: cacheDirectoryOf(executive) };
    return { name: executive, server, cache };
  }
}

/** Starts all actors; the OUSs are launched as time passes. */
export async function startDrawsLine(options: DrawsLineOptions): Promise<DrawsLine> {
  const { seed, ous, sites = ['JAO', 'EU'], pace = 1, ...rest } = options;
  const world = await createWorld({ ...rest, seed, sites, pace, programs: linePrograms });
  const arcs = sites.filter((site) => isExecutive(site) && site !== 'JAO');
  startOperator(world);
  const actors: LineActorsOptions = {
    arcs,
    failureRate: options.failureRate ?? 0.1,
    verdicts: options.verdicts ?? { pass: 0.8, semipass: 0.1, fail: 0.1 },
    maxJobs: options.maxJobs ?? 1,
    persons: options.persons,
    xtss: options.xtss,
    twins: options.twins,
  };
  startLineActors(world, actors);
  const ousUids = Array.from({ length: ous }, (_, n) => uidOf(n));
  const random = createSeededRandom(`${seed} launches`);
  const hasRecipe = options.hasRecipe ?? ((n) => n % 2 === 0);
  for (const [n, ousUid] of ousUids.entries()) {
    const recipe = hasRecipe(n) ? pickOne(random, pipelineRecipes) : undefined;
    const launch = { progId: '2015.1.00657.S', ousUid, recipe, cause: `launch ${n}` };
    world.clock.timer(n * LAUNCH_INTERVAL_MS * pace, () => {
      world.startPatiently({
        site: 'JAO',
        name: 'launcher',
        factory: createLauncher,
        options: launch,
      });
    });
  }
  return new DrawsLine(world, ousUids, arcs, actors);
}

/** Every other UID has a `-` in it, which file names and directories treat differently. */
function uidOf(n: number): string {
  return n % 2 === 0 ? `uid://A001/X${1465 + n}/Xb${n}` : `uid://A-1/X${1465 + n}/Xb-${n}`;
}

/** `compute` anew only where something was written since. */
function whenChanged(store: ObservedStore, compute: () => boolean): () => boolean {
  let seq = -1;
  let known = false;
  return () => {
    if (store.lastSeq === seq) return known;
    seq = store.lastSeq;
    known = compute();
    return known;
  };
}

function isDone({ _id, selector, consumed, delivery }: Readonly<DocumentBody>): boolean {
  if (selector === undefined || _id.endsWith('.*')) return true;
  const { state = 'done' } = (delivery ?? {}) as { state?: string };
  return consumed === true && state === 'done';
}
