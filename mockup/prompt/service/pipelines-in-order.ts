// Runs the pipelines of a visit's survey, the first that ends well: where one fails and nothing was written,
// the next one is tried.

import { AppError, describeError } from '../../core/errors.ts';
import type { Visit } from '../../core/prompt/visit.ts';
import type { Snap } from '../../core/prompt/visit-record.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { PipelineAnswer, PipelineOrder } from '../pipeline/run-pipeline.ts';
import { pipelinesFor } from './pipeline-table.ts';
import type { ServiceSettings } from './service-settings.ts';

export const ALERT_TOPIC = 'alerts';

/**
 * Runs the pipeline in a process of its own, which has `confirm` called before it writes: a claim that
 * was lost meanwhile rejects. Rejects with PipelineFailure.
 */
export type RunPipeline = (
  order: PipelineOrder,
  signal: AbortSignal,
  confirm: () => Promise<void>,
) => Promise<PipelineAnswer>;

/** The pipeline ended without a result. */
export class PipelineFailure extends AppError {
  constructor(message: string, retriable: boolean) {
    super('pipeline_failed', message, { retriable });
  }
}

export interface PipelinePorts {
  log: Logger;
  settings: ServiceSettings;
  pipeline: RunPipeline;
  confirm(): Promise<void>;
}

/** `failures`: of those before the one of this name. */
export async function runPipelines(
  { log, settings, pipeline, confirm }: PipelinePorts,
  { visit, snaps }: { visit: Visit; snaps: readonly Snap[] },
  signal: AbortSignal,
): Promise<{ answer: PipelineAnswer; name: string; failures: string[] }> {
  const names = pipelinesFor(settings.pipelines, visit);
  const failures: string[] = [];
  for (const [index, name] of names.entries()) {
    const order = {
      visit,
      exposures: snaps.map(({ exposureId }) => exposureId),
      ...{ apdb: settings.apdb, namespace: settings.apdbNamespace, alertTopic: ALERT_TOPIC },
      ...settings.pipeline,
      seed: settings.pipeline.seed + index,
    };
    try {
      return { answer: await pipeline(order, signal, confirm), name, failures };
    } catch (error) {
      const isLast = index === names.length - 1;
      const mayGoOn = error instanceof PipelineFailure && error.retriable && !signal.aborted;
      if (isLast || !mayGoOn) throw error;
      failures.push(`${name}: ${describeError(error)}`);
      log.warn(
        { group: visit.group, detector: visit.detector, name },
        'the next pipeline is tried',
      );
    }
  }
  throw new PipelineFailure('no pipeline is for this visit', false);
}
