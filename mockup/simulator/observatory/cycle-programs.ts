// The child programs of the line in a simulated cycle: the driver as it is, and the Pipeline with the
// run times and sizes of the scenario in place of a few mock seconds and kilobytes.

import { createPipeline } from '../../actors/pipeline/pipeline.ts';
import { createPipelineDriver } from '../../actors/pipeline-driver/pipeline-driver.ts';
import { AppError } from '../../core/errors.ts';
import { productsDirectoryName } from '../../core/products/product-names.ts';
import {
  readDriverArguments,
  readPipelineArguments,
} from '../../core/programs/program-arguments.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { runOnce } from '../../platform/actor/one-shot.ts';
import type { ObservedOus } from '../cycle/observed-ouss.ts';
import type { RunRecord } from '../measures/cycle-record.ts';
import type { Usage } from '../measures/usage.ts';
import { BY_HAND } from '../people/data-reducer.ts';
import { cacheDirectoryOf } from '../world/network.ts';
import type { Program } from '../world/world-context.ts';
import type { ObservatoryTraffic } from './traffic.ts';

/** What stands in a product is no matter here; how large it is, the links know. */
const PRODUCT_BYTES = 64;

export interface CycleProgramsOptions {
  traffic: ObservatoryTraffic;
  /** Virtual milliseconds of a second of the calendar. */
  second_ms: number;
  ousNamed(ousUid: string): ObservedOus;
  /** Of the next run of an OUS. */
  runTime_s(ousUid: string): number;
  slotsOf(site: ActorPorts['site']): Usage;
  onRun(run: RunRecord): void;
}

const noTasks = async (module: string): Promise<never> => {
  throw new AppError('no_task_modules', `the simulated world has no module ${module}`);
};

export function cyclePrograms(options: CycleProgramsOptions): Readonly<Record<string, Program>> {
  return {
    'pipeline-driver': async (ports, { args, env, directory = '/' }) => {
      const { runDirectory, cacheDirectory, ...given } = readDriverArguments(args, env);
      return createPipelineDriver(ports, {
        ...given,
        runDirectory: runDirectory ?? directory,
        cacheDirectory: cacheDirectory ?? cacheDirectoryOf(ports.site),
        loadTask: noTasks,
      });
    },
    pipeline: async (ports, { args, env, directory = '/' }) => {
      const given = readPipelineArguments(args, env);
      const ous = options.ousNamed(given.ousUid);
      const timestamp = given.timestamp ?? '';
      return runOnce(ports, async (signal) => {
        const end = await process(ports, options, ous, env[BY_HAND] !== undefined, signal);
        const name = productsDirectoryName(given.progId, timestamp);
        options.traffic.announce(name, ous, ports.site);
        const actor = await createPipeline(
          { ...ports, pace: 0 },
          { ...given, directory: given.directory ?? directory, productSize_bytes: PRODUCT_BYTES },
        );
        const { exitCode = 1 } = (await actor.finished) ?? {};
        end(exitCode === 0 ? 'completed' : 'problem');
        return exitCode;
      });
    },
  };
}

/** The time that it takes: raw data, then the run; none for what a person has done. */
async function process(
  ports: ActorPorts,
  options: CycleProgramsOptions,
  ous: ObservedOus,
  byHand: boolean,
  signal: AbortSignal,
): Promise<(outcome: RunRecord['outcome']) => void> {
  if (byHand) return () => {};
  const { ousUid } = ous;
  const { site, clock } = ports;
  const begun_ms = clock.now();
  const slots = options.slotsOf(site);
  slots.begin();
  const run_s = options.runTime_s(ousUid);
  try {
    await options.traffic.fetchRaw(ous, site, signal);
    await clock.sleep(run_s * options.second_ms, signal);
  } finally {
    slots.end();
  }
  return (outcome) =>
    options.onRun({ ousUid, site, begun_ms, ended_ms: clock.now(), run_s, outcome });
}
