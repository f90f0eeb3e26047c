import type { Clock } from '../../../platform/clock/clock.ts';
import type { ReplicationPeer, Sequence } from '../peers/peer.ts';
import type { ReplicationProgress } from '../progress.ts';
import { databaseReplaced } from '../replication-error.ts';
import { nextLog, type SessionRecord } from './checkpoints.ts';

// Writes the place reached into both ends, some time after it moved and never while nothing does.
// Only places whose changes the target has stored are ever told to it.

export type CheckpointerOptions = {
  /** Name of the `_local` documents; undefined: nothing is recorded. */
  id: string | undefined;
  sessionId: string;
  source: ReplicationPeer;
  target: ReplicationPeer;
  progress: ReplicationProgress;
  /** The databases as they were when the run began. */
  instances: { source: string | undefined; target: string | undefined };
  startSeq: Sequence;
  history: readonly SessionRecord[];
  interval_ms: number;
  clock: Clock;
  /** Called where a timed checkpoint cannot be written. */
  onFailure: (cause: unknown) => void;
};

export class Checkpointer {
  readonly #options: CheckpointerOptions;
  readonly #startTime = new Date();
  #history: readonly SessionRecord[];
  #cancelTimer: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: CheckpointerOptions) {
    this.#options = options;
    this.#history = options.history;
  }

  /** The sessions as last recorded, the newest first. */
  get history(): readonly SessionRecord[] {
    return this.#history;
  }

  /** Says that everything up to `seq` is stored at the target. */
  reached(seq: Sequence): void {
    const { progress, interval_ms, clock, onFailure } = this.#options;
    progress.throughSeq = seq;
    if (seq === progress.checkpointedSeq || this.#cancelTimer) return;
    this.#cancelTimer = clock.timer(interval_ms, () => {
      this.#cancelTimer = undefined;
      this.flush().catch(onFailure);
    });
  }

  /** Records the place reached; returns when both ends have it. */
  flush(): Promise<void> {
    this.cancel();
    this.#writing = this.#writing.then(
      () => this.#write(),
      () => this.#write(),
    );
    return this.#writing;
  }

  cancel(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  async #write(): Promise<void> {
    const { id, source, target, progress } = this.#options;
    const seq = progress.throughSeq;
    if (seq === progress.checkpointedSeq) return;
    await this.#checkInstances();
    const log = nextLog(this.#session(seq), this.#history);
    if (id !== undefined) await Promise.all([target.putLocal(id, log), source.putLocal(id, log)]);
    progress.checkpointedSeq = seq;
    this.#history = log.history;
  }

  /** What was stored in a database that is gone is not stored. */
  async #checkInstances(): Promise<void> {
    const { source, target, instances } = this.#options;
    const [here, there] = await Promise.all([source.info(), target.info()]);
    if (here.instance !== instances.source) throw databaseReplaced(source.label);
    if (there.instance !== instances.target) throw databaseReplaced(target.label);
  }

  #session(seq: Sequence): SessionRecord {
    const { sessionId, startSeq, progress } = this.#options;
    return {
      session_id: sessionId,
      start_time: this.#startTime.toUTCString(),
      end_time: new Date().toUTCString(),
      start_last_seq: startSeq,
      end_last_seq: seq,
      recorded_seq: seq,
      ...progress.counters,
    };
  }
}
