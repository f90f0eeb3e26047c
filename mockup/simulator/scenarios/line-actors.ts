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

export function startLineActors(world: World, options: LineActorsOptions): void {
  startActors(world, options);
  if (options.twins) startTwins(world, options);
}

function startActors(world: World, options: LineActorsOptions): void {
  const { arcs, verdicts, persons } = options;
  const jao = { site: 'JAO', options: undefined } as const;
  world.startActor({ ...jao, name: 'xtss', factory: options.xtss ?? createXtss });
  world.startActor({ ...jao, name: 'aqua-batch-helper', factory: createAquaBatchHelper });
  const dra = { ...jao, name: 'dra', factory: createDra };
  const aquaQa2 = { ...jao, name: 'aqua-qa2', factory: createAquaQa2 };
  if (persons) {
    const draOptions = { assignTo: arcs };
    world.startActor({ ...dra, options: draOptions, script: persons.dra });
    world.startActor({ ...aquaQa2, options: {}, script: persons.aquaQa2 });
  } else {
    world.startActor({ ...dra, options: { assignTo: arcs, auto: true } });
    world.startActor({ ...aquaQa2, options: { auto: verdicts } });
  }
  const localCache = cacheDirectoryOf('JAO');
  const ingestor = { name: 'product-ingestor', factory: createProductIngestor };
  world.startActor({ ...jao, ...ingestor, options: { localCache } });
  startCache(world, 'JAO', arcs);
  for (const site of arcs) {
    startCache(world, site, ['JAO']);
    const data = { site, name: 'data-tracker', factory: createDataTracker, options: undefined };
    world.startActor(data);
    startTorqueMaui(world, options, site, '/runs');
  }
}

/** They share the caches, and no run directories. */
function startTwins(world: World, options: LineActorsOptions): void {
  const { arcs, verdicts } = options;
  const jao = { site: 'JAO', options: undefined } as const;
  world.startActor({ ...jao, name: 'xtss', factory: options.xtss ?? createXtss });
  const aqua = { ...jao, name: 'aqua-qa2', factory: createAquaQa2 };
  world.startActor({ ...aqua, options: { auto: verdicts } });
  const localCache = cacheDirectoryOf('JAO');
  const ingestor = { ...jao, name: 'product-ingestor', factory: createProductIngestor };
  world.startActor({ ...ingestor, options: { localCache } });
  startCache(world, 'JAO', arcs, 8001);
  for (const site of arcs) {
    startCache(world, site, ['JAO'], 8001);
    startTorqueMaui(world, options, site, '/other-runs');
  }
}

function startTorqueMaui(
  world: World,
  { maxJobs, failureRate }: LineActorsOptions,
  site: Executive,
  runsDirectory: string,
): void {
  const cacheDirectory = cacheDirectoryOf(site);
  const options = { maxJobs, runsDirectory, cacheDirectory, failureRate };
  world.startActor({ site, name: 'torque-maui', factory: createTorqueMaui, options });
}

function startCache(
  world: World,
  site: Executive,
  others: readonly Executive[],
  port = 8000,
): void {
  const options = {
    localCache: cacheDirectoryOf(site),
    caches: Object.fromEntries(others.map((other) => [other, cacheSourceOf(other)])),
    host: '127.0.0.1',
    port,
  };
  const name = 'replicated-cache';
  world.startActor({ site, name, factory: createReplicatedCache, options });
}
