// The mock of the ALMA Pipeline: takes its time, fails now and then with exit code 2, or else
// writes the products of a run. A repeated run with the same arguments ends the same way.

import { requireOusUid, requireProgId } from '../../core/identifiers.ts';
import { productsDirectoryName, productsSubpath } from '../../core/products/product-names.ts';
import { formatTimestamp } from '../../core/timestamps.ts';
import type { Actor, ActorPorts } from '../../platform/actor/actor.ts';
import { deliberateWait } from '../../platform/actor/deliberate-wait.ts';
import { runOnce } from '../../platform/actor/one-shot.ts';
import { joinPath } from '../../platform/files/paths.ts';
import { drawFailure, drawProcessingTime, makeRunFiles } from './run-content.ts';

const DEFAULT_FAILURE_RATE = 0.1;

/** Processing failed; anything but 0 and 2 means that the pipeline itself could not run. */
const PROCESSING_PROBLEM_EXIT_CODE = 2;

export interface PipelineOptions {
  progId: string;
  ousUid: string;
  recipe: string;
  /** Where the products tree is written. */
  directory: string;
  /** Of the run, part of every name. Default: now. */
  timestamp?: string | undefined;
  /** Probability of failure, 0 to 1. Default 0.1. */
  failureRate?: number | undefined;
  /** What the outcome and all content follow from. Default: the other arguments. */
  seed?: string | undefined;
  /** Bytes of each data product. Default: 4 to 32 KiB. */
  productSize_bytes?: number | undefined;
}

/** Ends with exit code 0 or 2. Throws InvalidInputError for names that can't be in a path. */
export async function createPipeline(
  ports: Pick<ActorPorts, 'clock' | 'files' | 'log' | 'pace'>,
  options: PipelineOptions,
): Promise<Actor> {
  const progId = requireProgId(options.progId);
  const ousUid = requireOusUid(options.ousUid);
  const { recipe } = options;
  const timestamp = options.timestamp ?? formatTimestamp(ports.clock.now());
  const seed = options.seed ?? [progId, ousUid, recipe, timestamp].join(' ');

  return runOnce(ports, async (signal) => {
    ports.log.info({ progId, ousUid, recipe, timestamp }, 'processing starts');
    await deliberateWait(ports, drawProcessingTime(seed), signal);
    if (drawFailure(seed, options.failureRate ?? DEFAULT_FAILURE_RATE)) {
      ports.log.error({ ousUid }, 'processing failed');
      return PROCESSING_PROBLEM_EXIT_CODE;
    }
    const run = { progId, ousUid, recipe, timestamp, seed };
    const directory = joinPath(
      options.directory,
      productsDirectoryName(progId, timestamp),
      productsSubpath(ousUid),
    );
    const files = makeRunFiles(run, options.productSize_bytes);
    await Promise.all(
      files.map(({ name, content }) => ports.files.write(joinPath(directory, name), content)),
    );
    ports.log.info({ ousUid, directory }, 'processing is complete');
    return 0;
  });
}
