import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../platform/clock/clock.ts';
import { createSystemClock } from '../../../platform/clock/system-clock.ts';
import type { ChangesFilter, ReplicationPeer, Sequence } from '../peers/peer.ts';
import type { ReplicationProgress } from '../progress.ts';
import type { ReplicationError } from '../replication-error.ts';
import { BatchPacer } from './batch-pacer.ts';
import { ChangesQueue } from './changes-queue.ts';
import { Checkpointer } from './checkpointer.ts';
import { readCheckpoint, type SessionRecord } from './checkpoints.ts';
import { Transfer } from './transfer.ts';

// One run of a replication over two peers: from the common checkpoint through what has gathered
// since, in pages, and, when continuous, on along the source's feed until it is stopped or fails.

export type ReplicationPlan = {
  source: ReplicationPeer;
  target: ReplicationPeer;
  /** Names the checkpoint; undefined: none is kept, every run starts at `sinceSeq` or at 0. */
  checkpointId: string | undefined;
  checkpointInterval_ms: number;
  continuous: boolean;
  createTarget: boolean;
  filter: ChangesFilter;
  sinceSeq: Sequence | undefined;
  /** Default: the machine's. */
  clock?: Clock;
};

export type ReplicationOutcome = {
  sessionId: string;
  /** True where the source had nothing new. */
  noChanges: boolean;
  history: readonly SessionRecord[];
};

export type ReplicationRunOptions = {
  progress: ReplicationProgress;
  /** Ends the run: the batch under way is finished and the place recorded. */
  stop: AbortSignal;
  /** Called when both ends have answered and the place is known. */
  onRunning?: () => void;
  /** Called when documents were left for later, and (undefined) when none is any more. */
  onLeft?: (failure: ReplicationError | undefined) => void;
};

const systemClock = createSystemClock();
const pageSize = 500;
const queueCapacity = 4 * pageSize;
const pacing = { spacing_ms: 8, burst: 4 };
/** A filtered feed says nothing of what it leaves out, so the place is asked for now and then. */
const filteredPlace_ms = 10 * 60_000;

/** Throws ReplicationError; what was stored until then is in the checkpoint as far as possible. */
export async function runReplication(
  plan: ReplicationPlan,
  options: ReplicationRunOptions,
): Promise<ReplicationOutcome> {
  const { source, target, checkpointId } = plan;
  const { progress, stop } = options;
  if (plan.createTarget) await target.create();
  const { instance: sourceInstance } = await source.info();
  const { instance: targetInstance } = await target.info();
  const common =
    checkpointId === undefined
      ? { seq: 0, history: [] }
      : await readCheckpoint(checkpointId, source, target);
  const startSeq = plan.sinceSeq ?? common.seq;
  progress.resume(startSeq, common.history[0]);
  const sessionId = randomUUID().replaceAll('-', '');
  const failing = new AbortController();
  const checkpointer = new Checkpointer({
    id: checkpointId,
    sessionId,
    source,
    target,
    progress,
    instances: { source: sourceInstance, target: targetInstance },
    startSeq,
    history: common.history,
    interval_ms: plan.checkpointInterval_ms,
    clock: plan.clock ?? systemClock,
    onFailure: (cause) => failing.abort(cause),
  });
  const failed = AbortSignal.any([failing.signal, source.gone, target.gone]);
  const run = new Run(plan, options, checkpointer, failed);
  try {
    options.onRunning?.();
    await run.catchUp();
    if (plan.continuous && !stop.aborted) await run.follow();
    await checkpointer.flush();
    // The place has stayed before it: the next attempt begins there, as the next run does.
    if (run.failure && !stop.aborted) throw run.failure;
  } catch (cause) {
    // The cause matters more than that the place could not be recorded on top of it.
    await checkpointer.flush().catch(() => {});
    throw cause;
  } finally {
    checkpointer.cancel();
  }
  return { sessionId, noChanges: run.rowsSeen === 0, history: checkpointer.history };
}

class Run {
  rowsSeen = 0;
  readonly #plan: ReplicationPlan;
  readonly #options: ReplicationRunOptions;
  readonly #checkpointer: Checkpointer;
  readonly #failing: AbortSignal;
  readonly #transfer: Transfer;
  readonly #clock: Clock;
  #through: Sequence;

  constructor(
    plan: ReplicationPlan,
    options: ReplicationRunOptions,
    checkpointer: Checkpointer,
    failing: AbortSignal,
  ) {
    this.#plan = plan;
    this.#options = options;
    this.#checkpointer = checkpointer;
    this.#failing = failing;
    this.#clock = plan.clock ?? systemClock;
    this.#transfer = new Transfer(plan.source, plan.target, options.progress, this.#clock);
    this.#through = options.progress.throughSeq;
  }

  /** Of a document that was passed over, so that the others go on. */
  get failure(): ReplicationError | undefined {
    return this.#transfer.left.failure;
  }

  /** Carries what the source has now; the next page is asked for while one is carried. */
  async catchUp(): Promise<void> {
    const { source, filter } = this.#plan;
    const { progress, stop } = this.#options;
    let next = source.changes(this.#through, pageSize, filter);
    for (;;) {
      const page = await next;
      const last = page.rows.length < pageSize;
      if (!last) {
        next = source.changes(page.lastSeq, pageSize, filter);
        next.catch(() => {}); // Awaited in the next round, unless the transfer fails first.
      }
      progress.sourceSeq = page.lastSeq;
      progress.changesPending = page.rows.length + (page.pending ?? 0);
      await this.#carry(page);
      progress.changesPending = page.pending;
      if (last || stop.aborted) return;
    }
  }

  async follow(): Promise<void> {
    const { source, filter } = this.#plan;
    const { stop } = this.#options;
    const ended = new AbortController();
    const feedEnd = AbortSignal.any([stop, ended.signal, this.#failing]);
    const queue = new ChangesQueue(queueCapacity, this.#clock);
    const feed = source.follow(this.#through, filter, feedEnd);
    const pumped = this.#pump(feed, queue);
    const onFailing = () => queue.fail(this.#failing.reason);
    this.#failing.addEventListener('abort', onFailing);
    if (this.#failing.aborted) onFailing();
    const endWatch = filter.kind === 'all' ? () => {} : this.#watchPlace(queue);
    try {
      await this.#drain(queue);
    } finally {
      endWatch();
      this.#failing.removeEventListener('abort', onFailing);
      ended.abort();
      queue.end();
      await pumped;
    }
  }

  async #pump(feed: ReturnType<ReplicationPeer['follow']>, queue: ChangesQueue): Promise<void> {
    const { progress } = this.#options;
    try {
      for await (const group of feed) {
        progress.sourceSeq = group.lastSeq;
        await queue.push(group);
      }
      queue.end();
    } catch (cause) {
      queue.fail(cause);
    }
  }

  async #drain(queue: ChangesQueue): Promise<void> {
    const { progress, stop } = this.#options;
    const pacer = new BatchPacer(pacing);
    for (;;) {
      const filled = await queue.filled(this.#untilRetry_ms());
      if (filled === false) return;
      await this.#retryLeft();
      if (filled === undefined) continue;
      const wait_ms = pacer.next(this.#clock.monotonic());
      if (wait_ms > 0) await this.#clock.sleep(wait_ms);
      const batch = await queue.take(pageSize);
      if (!batch || stop.aborted) return;
      progress.changesPending = batch.rows.length + queue.length;
      await this.#carry(batch);
      progress.changesPending = queue.length;
    }
  }

  #untilRetry_ms(): number | undefined {
    const due_ms = this.#transfer.left.nextDue_ms;
    return due_ms === undefined
      ? undefined
      : Math.max(0, Math.ceil(due_ms - this.#clock.monotonic()));
  }

  async #retryLeft(): Promise<void> {
    const rows = this.#transfer.left.due(this.#clock.monotonic());
    if (rows.length > 0) await this.#carry({ rows, lastSeq: this.#through });
  }

  async #carry(batch: { rows: Parameters<Transfer['run']>[0]; lastSeq: Sequence }): Promise<void> {
    this.rowsSeen += batch.rows.length;
    const before = this.failure;
    await this.#transfer.run(batch.rows);
    this.#through = batch.lastSeq;
    if (!this.failure) this.#checkpointer.reached(batch.lastSeq);
    if (this.failure !== before) this.#options.onLeft?.(this.failure);
  }

  /** Moves the place past changes that the filter left out, while nothing else is going on. */
  #watchPlace(queue: ChangesQueue): () => void {
    const { source, filter } = this.#plan;
    const { progress } = this.#options;
    const ask = async () => {
      const before = progress.throughSeq;
      const page = await source.changes(before, 1, filter);
      const quiet = queue.length === 0 && progress.throughSeq === before && !this.failure;
      if (quiet && page.rows.length === 0) this.#checkpointer.reached(page.lastSeq);
    };
    // A failure shows in the feed as well, which is where it is dealt with.
    let cancel = () => {};
    const wait = () => {
      cancel = this.#clock.timer(filteredPlace_ms, () => {
        void ask().catch(() => {});
        wait();
      });
    };
    wait();
    return () => cancel();
  }
}
