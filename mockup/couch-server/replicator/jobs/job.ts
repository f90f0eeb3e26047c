import type { Clock } from '../../../platform/clock/clock.ts';
import { jobDelay_ms } from '../backoff.ts';
import type { PeerAddress } from '../peers/endpoint.ts';
import type { ReplicationPeer } from '../peers/peer.ts';
import type { PeerFactory } from '../peers/peer-factory.ts';
import { ReplicationProgress } from '../progress.ts';
import { asReplicationError, ReplicationError } from '../replication-error.ts';
import { jobId, replicationId } from '../replication-id.ts';
import type { ReplicationSpec } from '../replication-spec.ts';
import { type ReplicationOutcome, runReplication } from '../run/replication.ts';
import { isFinal, type JobState, mayFollow } from './job-states.ts';

// A replication that is kept going: each failure is followed by another attempt from the
// checkpoint, later each time, until it completes or is stopped.

/** Where a job comes from: a `_replicator` document, or a request to `_replicate` (null). */
export type JobOrigin = { database: string; docId: string } | null;

export type JobOptions = {
  serverId: string;
  spec: ReplicationSpec;
  origin: JobOrigin;
  peers: PeerFactory;
  checkpointInterval_ms: number;
  clock: Clock;
  /** In [0, 1): spreads the attempts of jobs that failed together. */
  random: () => number;
  /** False: the first failure is the end (`_replicate`, whose caller waits for the answer). */
  retries: boolean;
  onChange: (job: ReplicationJob) => void;
};

export type JobEvent = { type: string; timestamp: Date; reason?: string };

const eventsMax = 20;
/** What a batch under way may take after a stop before its requests are broken off. */
const stopGrace_ms = 1_000;
/** A run this long has overcome what the failures before it were about. */
const healthyRun_ms = 30_000;

export class ReplicationJob {
  readonly id: string;
  readonly baseId: string;
  readonly spec: ReplicationSpec;
  readonly origin: JobOrigin;
  readonly progress = new ReplicationProgress();
  readonly startTime = new Date();
  /** Newest first. */
  readonly events: JobEvent[] = [];
  state: JobState = 'initializing';
  stateSince = new Date();
  /** Failures in a row. */
  errorCount = 0;
  lastError: ReplicationError | undefined;
  /** Of a document that a running replication left for later. */
  left: ReplicationError | undefined;
  outcome: ReplicationOutcome | undefined;
  readonly #options: JobOptions;
  readonly #stop = new AbortController();
  #endWait: () => void = () => {};
  #done: Promise<void> | undefined;

  constructor(options: JobOptions) {
    const { spec, serverId, origin } = options;
    this.#options = options;
    this.spec = spec;
    this.origin = origin;
    this.baseId = replicationId(serverId, spec);
    this.id = jobId(this.baseId, spec);
    this.#record('added');
  }

  start(): void {
    this.#done ??= this.#run();
  }

  /** Resolves when the job has ended, however it did; never rejects. */
  async finished(): Promise<void> {
    await this.#done;
  }

  /** Ends the job; what was under way is finished if that is quick, and the place recorded. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#endWait();
    await this.#done;
    if (!isFinal(this.state)) this.#become('stopped');
  }

  /** Tries again at once where the job waits because `origin` (of a URL) could not be reached. */
  retryNow(origin: string): void {
    const { source, target } = this.spec;
    const concerned = [source, target].some((endpoint) => originOf(endpoint) === origin);
    if (concerned && this.lastError?.error === 'unreachable') this.#endWait();
  }

  /** Tries again at once where the job waits because there was no such database. */
  retryWithNewDatabase(): void {
    if (this.lastError?.error === 'db_not_found') this.#endWait();
  }

  async #run(): Promise<void> {
    for (;;) {
      const begun_ms = this.#options.clock.monotonic();
      const throughBefore = this.progress.throughSeq;
      try {
        const outcome = await this.#attempt();
        this.outcome = outcome;
        this.#become(this.#stop.signal.aborted ? 'stopped' : 'completed');
        return;
      } catch (cause) {
        if (this.#stop.signal.aborted) return;
        const moved = this.progress.throughSeq !== throughBefore && this.state === 'running';
        const error = asReplicationError(cause);
        const isHealthy = moved || this.#options.clock.monotonic() - begun_ms > healthyRun_ms;
        // How long the others took says nothing of a document that fails each time.
        if (isHealthy && error.document === undefined) this.errorCount = 0;
        this.#failed(error);
        if (!this.#options.retries) return;
      }
      await this.#wait();
      if (this.#stop.signal.aborted) return;
      this.#become('initializing');
    }
  }

  async #attempt(): Promise<ReplicationOutcome> {
    const { peers, checkpointInterval_ms, clock } = this.#options;
    const { spec, progress } = this;
    const opened: ReplicationPeer[] = [];
    let cancelGrace = () => {};
    const closeAll = () => {
      for (const peer of opened) peer.close();
    };
    const onStop = () => {
      cancelGrace = clock.timer(stopGrace_ms, closeAll);
    };
    this.#stop.signal.addEventListener('abort', onStop);
    try {
      const source = await peers(spec.source);
      opened.push(source);
      const target = await peers(spec.target);
      opened.push(target);
      const plan = {
        ...spec,
        source,
        target,
        clock,
        checkpointId: spec.useCheckpoints ? this.baseId : undefined,
        checkpointInterval_ms: spec.checkpointInterval_ms ?? checkpointInterval_ms,
      };
      const onRunning = () => this.#become('running');
      const onLeft = (failure: ReplicationError | undefined) => this.#leave(failure);
      return await runReplication(plan, { progress, stop: this.#stop.signal, onRunning, onLeft });
    } finally {
      this.#stop.signal.removeEventListener('abort', onStop);
      cancelGrace();
      closeAll();
    }
  }

  #leave(failure: ReplicationError | undefined): void {
    this.left = failure;
    if (failure) this.#record('left', failure.message);
    this.#options.onChange(this);
  }

  #failed(error: ReplicationError): void {
    this.left = undefined;
    this.errorCount++;
    this.lastError = error;
    this.#record('crashed', error.message);
    this.#become('crashing');
  }

  #wait(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const error = this.lastError ?? new ReplicationError('unknown', 'unknown');
    const wait_ms = jobDelay_ms(error, this.errorCount, this.#options.random());
    const cancel = this.#options.clock.timer(wait_ms, resolve);
    this.#endWait = resolve;
    return promise.finally(cancel);
  }

  #become(state: JobState): void {
    if (!mayFollow(this.state, state)) return;
    this.state = state;
    this.stateSince = new Date();
    if (state === 'running') {
      this.lastError = undefined;
      this.#record('started');
    }
    this.#options.onChange(this);
  }

  #record(type: string, reason?: string): void {
    const event = { type, timestamp: new Date(), ...(reason === undefined ? {} : { reason }) };
    this.events.unshift(event);
    if (this.events.length > eventsMax) this.events.length = eventsMax;
  }
}

/** `http://host:port` of a URL endpoint. */
export function originOf(endpoint: PeerAddress): string | undefined {
  return endpoint.kind === 'url' ? new URL(endpoint.url).origin : undefined;
}
