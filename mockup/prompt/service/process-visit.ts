// One detector's visit from its announcement to its alerts. The order is what keeps images from
// being missed: first subscribe, then prepare, then look into the bucket, then wait.

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { AppError, describeError } from '../../core/errors.ts';
import { imagePrefix } from '../../core/prompt/image-name.ts';
import { type Visit, visitId } from '../../core/prompt/visit.ts';
import type { VisitState } from '../../core/prompt/visit-record.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { type LocalRepository, prepareLocalRepository } from '../pipeline/local-repository.ts';
import type { PipelineAnswer, PipelineOrder } from '../pipeline/run-pipeline.ts';
import { type ClaimedVisit, ClaimLostError, type VisitStore } from '../visits/visit-store.ts';
import type { CloudClients, Subscribed } from './cloud-clients.ts';
import { ImageArrivals } from './image-arrivals.ts';
import type { ServiceSettings } from './service-settings.ts';

export interface VisitPorts {
  clock: Clock;
  log: Logger;
  cloud: CloudClients;
  visits: VisitStore;
  settings: ServiceSettings;
  /** Where local repositories are made. */
  workDirectory: string;
  /** Runs the pipeline in a process of its own. Rejects with PipelineFailure. */
  pipeline(order: PipelineOrder, signal: AbortSignal): Promise<PipelineAnswer>;
}

/** The pipeline ended without a result. */
export class PipelineFailure extends AppError {
  constructor(message: string, retriable: boolean) {
    super('pipeline_failed', message, { retriable });
  }
}

export interface VisitEnd {
  state: VisitState;
  text: string;
}

export const ALERT_TOPIC = 'alerts';
const PROLONG_MS = 5_000;

export async function processVisit(
  ports: VisitPorts,
  claimed: ClaimedVisit,
  signal: AbortSignal,
): Promise<VisitEnd> {
  const work = new VisitWork(ports, claimed);
  const stopped = new AbortController();
  const prolonging = keepClaim(ports, claimed, stopped);
  const both = AbortSignal.any([signal, stopped.signal]);
  try {
    return await work.run(both);
  } catch (error) {
    if (error instanceof ClaimLostError) throw error;
    if (stopped.signal.aborted && stopped.signal.reason instanceof ClaimLostError) {
      throw stopped.signal.reason;
    }
    return await work.failed(error);
  } finally {
    stopped.abort();
    await prolonging;
    await work.release();
  }
}

/** Prolongs the claim while the visit is worked on; a lost claim stops the work. */
async function keepClaim(
  { clock, visits, log }: VisitPorts,
  claimed: ClaimedVisit,
  stopped: AbortController,
): Promise<void> {
  for (;;) {
    await clock.sleep(PROLONG_MS, stopped.signal).catch(() => {});
    if (stopped.signal.aborted) return;
    try {
      await visits.prolong(claimed);
    } catch (error) {
      if (!(error instanceof ClaimLostError)) continue;
      log.warn({ visit: claimed.record._id }, 'the visit was taken over by another worker');
      stopped.abort(error);
      return;
    }
  }
}

class VisitWork {
  readonly #ports: VisitPorts;
  readonly #claimed: ClaimedVisit;
  readonly #visit: Visit;
  readonly #arrivals: ImageArrivals;
  #subscribed: Subscribed | undefined;
  #repository: LocalRepository | undefined;

  constructor(ports: VisitPorts, claimed: ClaimedVisit) {
    this.#ports = ports;
    this.#claimed = claimed;
    this.#visit = claimed.record.visit;
    this.#arrivals = new ImageArrivals(this.#visit, ports.clock, ports.log);
  }

  async run(signal: AbortSignal): Promise<VisitEnd> {
    const { settings, workDirectory, visits, cloud } = this.#ports;
    const visit = this.#visit;
    await this.#subscribe();
    const directory = join(workDirectory, `${visitId(visit)}-${randomUUID().slice(0, 8)}`);
    this.#repository = await prepareLocalRepository(settings.calibRepo, directory, visit);
    await visits.move(this.#claimed, 'waiting');
    const bucket = cloud.bucket(settings.imageBucket);
    for (const event of await bucket.list(imagePrefix(visit))) this.#arrivals.take(event);
    await this.#waitForSnaps(signal);
    const { snaps } = this.#arrivals;
    if (snaps.length === 0) {
      await visits.move(this.#claimed, 'no-data', { reason: 'no image came in time' });
      return { state: 'no-data', text: 'No data to process' };
    }
    for (const { exposureId, object } of snaps) {
      await this.#repository.ingest(exposureId, await bucket.read(object));
    }
    return this.#process(signal);
  }

  /** Its state and what its caller is told; a failure before anything was written can be repeated. */
  async failed(error: unknown): Promise<VisitEnd> {
    const retriable = !(error instanceof PipelineFailure) || error.retriable;
    const reason = describeError(error).slice(0, 500);
    this.#ports.log.error(
      { visit: this.#claimed.record._id, reason, retriable },
      'a visit failed',
    );
    await this.#ports.visits.move(this.#claimed, 'failed', { reason, retriable });
    return { state: 'failed', text: 'Pipeline failed' };
  }

  async release(): Promise<void> {
    const problems = await Promise.allSettled([
      this.#subscribed?.end(),
      this.#repository?.remove(),
    ]);
    for (const problem of problems) {
      if (problem.status !== 'rejected') continue;
      this.#ports.log.warn(
        { reason: describeError(problem.reason) },
        'could not clean up a visit',
      );
    }
  }

  /** The record names the subscription before it exists: whoever takes over finds and removes it. */
  async #subscribe(): Promise<void> {
    const { instrument, detector, group } = this.#visit;
    const { visits, cloud } = this.#ports;
    const name = `w-${visitId(this.#visit)}-${randomUUID().slice(0, 8)}`.replaceAll(':', '.');
    await visits.note(this.#claimed, () => ({ subscription: name }));
    this.#subscribed = await cloud.subscribe(
      `${instrument}-image`,
      name,
      `hasPrefix(attributes.objectId, "${imagePrefix({ instrument, detector, group })}")`,
      (event) => this.#arrivals.take(event),
      (error) => this.#arrivals.fail(error),
    );
  }

  async #waitForSnaps(signal: AbortSignal): Promise<void> {
    const { clock, settings, visits } = this.#ports;
    const until_ms = clock.monotonic() + settings.imageTimeout_s * 1000;
    for (;;) {
      const { snaps } = this.#arrivals;
      if (snaps.length > this.#claimed.record.snaps.length) {
        await visits.note(this.#claimed, () => ({ snaps }));
      }
      if (this.#arrivals.complete) return;
      const left_ms = until_ms - clock.monotonic();
      if (left_ms <= 0 || !(await this.#arrivals.next(left_ms, signal))) return;
    }
  }

  async #process(signal: AbortSignal): Promise<VisitEnd> {
    const { visits, settings, clock, pipeline } = this.#ports;
    const { snaps } = this.#arrivals;
    await visits.move(this.#claimed, 'processing', { snaps });
    const { already, ...result } = await pipeline(
      {
        visit: this.#visit,
        exposures: snaps.map(({ exposureId }) => exposureId),
        apdb: settings.apdb,
        namespace: settings.apdbNamespace,
        alertTopic: ALERT_TOPIC,
        ...settings.pipeline,
      },
      signal,
    );
    const last_ms = Math.max(...snaps.map(({ stored }) => Date.parse(stored)));
    const state = snaps.length < this.#visit.snaps ? 'partial' : 'processed';
    await visits.move(this.#claimed, state, {
      result,
      latency_s: Math.max(0, (clock.now() - last_ms) / 1000),
      ...(already && { reason: 'it had been written by a worker that died' }),
    });
    return { state, text: 'Pipeline executed' };
  }
}
