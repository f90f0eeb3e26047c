// Which actors of the line run where, with robots in place of the persons.

import { createAquaBatchHelper } from '../../actors/aqua-batch-helper/aqua-batch-helper.ts';
import { createAquaQa2 } from '../../actors/aqua-qa2/aqua-qa2.ts';
import type { VerdictShares } from '../../actors/aqua-qa2/robot.ts';
import { createDataTracker } from '../../actors/data-tracker/data-tracker.ts';
import { createDra } from '../../actors/dra/dra.ts';
import { createProductIngestor } from '../../actors/product-ingestor/product-ingestor.ts';
import { createReplicatedCache } from '../../actors/replicated-cache/replicated-cache.ts';
import { createTorqueMaui } from '../../actors/torque-maui/torque-maui.ts';
import { createXtss } from '../../actors/xtss/xtss.ts';
import type { Executive } from '../../core/executives.ts';
import type { ActorFactory } from '../../platform/actor/actor.ts';
import type { OperatorScript } from '../console/scripted-console.ts';
import { cacheDirectoryOf, cacheSourceOf } from '../world/network.ts';
import type { SupervisedActor } from '../world/supervised-actor.ts';
import type { World } from '../world/world.ts';

export interface LineActorsOptions {
  arcs: readonly Executive[];
  failureRate: number;
  verdicts: VerdictShares;
  /** Pipeline jobs at a time at each ARC. */
  maxJobs: number;
  /** Persons at the terminals of DRA and AQUA; robots without them. */
  persons?: Persons | undefined;
  /** Another XTSS in place of this product's, such as one that behaves as the Python mockup's. */
  xtss?: ActorFactory | undefined;
  /** Two of each actor that receives: where one is frozen the other takes over. */
  twins?: boolean | undefined;
}

export interface Persons {
  dra: OperatorScript;
  aquaQa2: OperatorScript;
}

/** One actor that is ready to be started. */
interface LineActor {
  name: string;
  site: Executive;
  start(world: World): SupervisedActor;
}

/** What two of one actor must not share: the port of a cache, the run directories of a cluster. */
interface OwnPlace {
  port: number;
  runsDirectory: string;
}

const FIRST: OwnPlace = { port: 8000, runsDirectory: '/runs' };
const SECOND: OwnPlace = { port: 8001, runsDirectory: '/other-runs' };
const RECEIVERS = ['xtss', 'aqua-qa2', 'product-ingestor', 'replicated-cache', 'torque-maui'];

export function startLineActors(world: World, options: LineActorsOptions): void {
  for (const actor of actorsOf(options, FIRST)) actor.start(world);
  if (!options.twins) return;
  const receivers = actorsOf(options, SECOND).filter(({ name }) => RECEIVERS.includes(name));
  for (const actor of receivers) actor.start(world);
}

/** Undefined where no such actor runs there. */
export function startTwin(
  world: World,
  options: LineActorsOptions,
  name: string,
  site: Executive,
): SupervisedActor | undefined {
  const found = actorsOf(options, SECOND).find((one) => one.name === name && one.site === site);
  return found?.start(world);
}

function actorsOf(options: LineActorsOptions, place: OwnPlace): LineActor[] {
  const { arcs, verdicts, persons, maxJobs, failureRate } = options;
  const assignTo = arcs;
  const atJao = [
    actor('JAO', 'xtss', options.xtss ?? createXtss, undefined),
    actor('JAO', 'aqua-batch-helper', createAquaBatchHelper, undefined),
    persons
      ? actor('JAO', 'dra', createDra, { assignTo }, persons.dra)
      : actor('JAO', 'dra', createDra, { assignTo, auto: true }),
    persons
      ? actor('JAO', 'aqua-qa2', createAquaQa2, {}, persons.aquaQa2)
      : actor('JAO', 'aqua-qa2', createAquaQa2, { auto: verdicts }),
    actor('JAO', 'product-ingestor', createProductIngestor, {
      localCache: cacheDirectoryOf('JAO'),
    }),
    cache('JAO', arcs, place),
  ];
  const atArcs = arcs.flatMap((site) => [
    cache(site, ['JAO'], place),
    actor(site, 'data-tracker', createDataTracker, undefined),
    actor(site, 'torque-maui', createTorqueMaui, {
      ...{ maxJobs, failureRate, runsDirectory: place.runsDirectory },
      cacheDirectory: cacheDirectoryOf(site),
    }),
  ]);
  return [...atJao, ...atArcs];
}

function cache(site: Executive, others: readonly Executive[], { port }: OwnPlace): LineActor {
  return actor(site, 'replicated-cache', createReplicatedCache, {
    localCache: cacheDirectoryOf(site),
    caches: Object.fromEntries(others.map((other) => [other, cacheSourceOf(other)])),
    host: '127.0.0.1',
    port,
  });
}

function actor<Options>(
  site: Executive,
  name: string,
  factory: ActorFactory<Options>,
  options: Options,
  script?: OperatorScript,
): LineActor {
  const start = { site, name, factory, options, ...(script && { script }) };
  return { name, site, start: (world) => world.startActor(start) };
}
