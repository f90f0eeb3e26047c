// One detector's visit from its announcement to its alerts. The order is what keeps images from
// being missed: first subscribe, then prepare, then look into the bucket, then wait.

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { describeError } from '../../core/errors.ts';
import { imagePrefix } from '../../core/prompt/image-name.ts';
import { type Visit, visitId } from '../../core/prompt/visit.ts';
import type { Snap, VisitState } from '../../core/prompt/visit-record.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { CloudClients, Subscribed } from '../cloud/cloud-clients.ts';
import { type LocalRepository, prepareLocalRepository } from '../pipeline/local-repository.ts';
import { type ClaimedVisit, ClaimLostError, type VisitStore } from '../visits/visit-store.ts';
import { ImageArrivals } from './image-arrivals.ts';
import { PipelineFailure, type RunPipeline, runPipelines } from './pipelines-in-order.ts';
import type { Presence } from './presence.ts';
import type { ServiceSettings } from './service-settings.ts';
import { isAsAnnounced, skyAngleIn } from './sky-angle.ts';

export interface VisitPorts {
  clock: Clock;
  log: Logger;
  cloud: CloudClients;
  visits: VisitStore;
  settings: ServiceSettings;
  /** Where local repositories are made. */
  workDirectory: string;
  /** Asked for images before and after the wait; without it the bucket is listed. */
  presence?: Presence | undefined;
  pipeline: RunPipeline;
}

export interface VisitEnd {
  state: VisitState;
  text: string;
}

const PROLONG_MS = 5_000;
const DROPPED = 'the sky angle is more than 1° off what was announced';
/** Where the announcement says how long its script takes, images may come until so long after it. */
const AFTER_SCRIPT_S = 20;

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
    const { settings, workDirectory, visits } = this.#ports;
    const visit = this.#visit;
    await this.#subscribe();
    const directory = join(workDirectory, `${visitId(visit)}-${randomUUID().slice(0, 8)}`);
    this.#repository = await prepareLocalRepository(
      settings.calibRepo,
      directory,
      visit,
      settings.registry,
    );
    await visits.move(this.#claimed, 'waiting');
    await this.#lookForMissing();
    await this.#waitForSnaps(signal);
    // Its event may be the one that got lost.
    if (!this.#arrivals.complete) await this.#lookAgain();
    const { snaps } = this.#arrivals;
    const [subscription, taken] = await Promise.all([
      this.#unsubscribe(),
      this.#ingest(this.#repository, snaps),
    ]);
    const good = taken.filter(({ dropped }) => !dropped);
    if (good.length === 0) {
      const reason = snaps.length === 0 ? 'no image came in time' : DROPPED;
      await visits.move(this.#claimed, 'no-data', { reason, snaps: taken, subscription });
      return { state: 'no-data', text: 'No data to process' };
    }
    await visits.move(this.#claimed, 'processing', { snaps: taken, subscription });
    return this.#process(good, signal);
  }

  /** Its state and what its caller is told; a failure before anything was written can be repeated. */
  async failed(error: unknown): Promise<VisitEnd> {
    const retriable = !(error instanceof PipelineFailure) || error.retriable;
    const reason = describeError(error).slice(0, 500);
    this.#ports.log.error(
      { visit: this.#claimed.record._id, reason, retriable },
      'a visit failed',
    );
    const subscription = await this.#unsubscribe();
    await this.#ports.visits.move(this.#claimed, 'failed', { reason, retriable, subscription });
    return { state: 'failed', text: 'Pipeline failed' };
  }

  async release(): Promise<void> {
    await this.#unsubscribe();
    await this.#repository?.remove().catch((error: unknown) => this.#isLeft(error));
  }

  /** The name that is still to be removed by somebody, where it could not be done here. */
  async #unsubscribe(): Promise<string | undefined> {
    const subscribed = this.#subscribed;
    this.#subscribed = undefined;
    try {
      await subscribed?.end();
      return subscribed ? undefined : this.#claimed.record.subscription;
    } catch (error) {
      this.#isLeft(error);
      return subscribed?.name;
    }
  }

  #isLeft(error: unknown): void {
    const fields = { visit: this.#claimed.record._id, reason: describeError(error) };
    this.#ports.log.warn(fields, 'could not clean up a visit');
  }

  async #lookForMissing(): Promise<void> {
    const { presence, cloud, settings, clock } = this.#ports;
    if (!presence) {
      const found = await cloud.bucket(settings.imageBucket).list(imagePrefix(this.#visit));
      for (const event of found) this.#arrivals.take(event);
      return;
    }
    const stored = new Date(clock.now()).toISOString();
    const known = new Set(this.#arrivals.snaps.map(({ snap }) => snap));
    const missing = Array.from({ length: this.#visit.snaps }, (_, snap) => snap);
    const asked = missing
      .filter((snap) => !known.has(snap))
      .map((snap) => presence(this.#visit, snap));
    for (const object of await Promise.all(asked)) {
      if (object !== undefined) this.#arrivals.take({ object, stored });
    }
  }

  /** What came already is worth processing, also where nobody can say whether there is more. */
  async #lookAgain(): Promise<void> {
    try {
      await this.#lookForMissing();
    } catch (error) {
      if (this.#arrivals.snaps.length === 0) throw error;
      const fields = { visit: this.#claimed.record._id, reason: describeError(error) };
      this.#ports.log.warn(fields, 'could not look for the missing images');
    }
  }

  /** What is not as it was announced is dropped, on record. */
  async #ingest(repository: LocalRepository, snaps: readonly Snap[]): Promise<Snap[]> {
    const bucket = this.#ports.cloud.bucket(this.#ports.settings.imageBucket);
    const taken: Snap[] = [];
    for (const snap of snaps) {
      const content = await bucket.read(snap.object);
      const skyAngle = skyAngleIn(content);
      if (isAsAnnounced(skyAngle, this.#visit.rot)) {
        await repository.ingest(snap.exposureId, content);
        taken.push(snap);
      } else {
        const fields = { visit: this.#claimed.record._id, object: snap.object, skyAngle };
        this.#ports.log.warn(fields, DROPPED);
        taken.push({ ...snap, dropped: true });
      }
    }
    return taken;
  }

  /** The record names the subscription before it exists: whoever takes over finds and removes it. */
  async #subscribe(): Promise<void> {
    const { instrument, detector, group } = this.#visit;
    const { visits, cloud } = this.#ports;
    const left = this.#claimed.record.subscription;
    if (left !== undefined) await cloud.deleteSubscription(left);
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
    const { duration } = this.#visit;
    const wait_s = duration === undefined ? settings.imageTimeout_s : duration + AFTER_SCRIPT_S;
    const until_ms = clock.monotonic() + wait_s * 1000;
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

  async #process(snaps: readonly Snap[], signal: AbortSignal): Promise<VisitEnd> {
    const { visits, clock } = this.#ports;
    const { answer, name, failures } = await runPipelines(
      { ...this.#ports, confirm: () => visits.confirm(this.#claimed) },
      { visit: this.#visit, snaps },
      signal,
    );
    const { already, ...result } = answer;
    const last_ms = Math.max(...snaps.map(({ stored }) => Date.parse(stored)));
    const state = snaps.length < this.#visit.snaps ? 'partial' : 'processed';
    await visits.move(this.#claimed, state, {
      result: { ...result, ...(name !== undefined && { pipeline: name }) },
      latency_s: Math.max(0, (clock.now() - last_ms) / 1000),
      ...(failures.length > 0 && { reason: failures.join('; ').slice(0, 500) }),
      ...(already && { reason: 'it had been written by a worker that died' }),
    });
    return { state, text: 'Pipeline executed' };
  }
}
