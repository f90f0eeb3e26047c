// Mover: what has arrived goes to the holding area. What can't be moved (the holding area is full,
// or has something else under that name) is tried again later; it is never sent again.

import { formatTimestamp } from '../../../core/timestamps.ts';
import type { HoldResult } from '../../holding/held-files.ts';
import { endpointDelay_ms } from '../endpoint/endpoint-health.ts';
import type { HandoffParts } from '../parts.ts';
import {
  type Batch,
  type BatchFile,
  filesIn,
  isDecided,
  noteDone,
  noteHeld,
} from '../queue/batch.ts';
import { releaseFile, report, reportPlace } from '../records/file-reports.ts';
import type { HeldWatch } from './held-watch.ts';

export class Mover {
  readonly #parts: HandoffParts;
  readonly #onDecided: (batch: Batch) => void;
  readonly #watch: HeldWatch;
  /** Batches with files that could not be moved, and when to try again. */
  #stopped = false;
  readonly #waiting = new Map<Batch, { attempts: number; cancel: () => void }>();

  /** `onDecided`: all files of a batch have found their place. */
  constructor(parts: HandoffParts, watch: HeldWatch, onDecided: (batch: Batch) => void) {
    this.#watch = watch;
    this.#parts = parts;
    this.#onDecided = onDecided;
  }

  /** Files that arrived and can't be moved at the moment. */
  get stuck(): number {
    return [...this.#waiting.keys()].reduce(
      (sum, batch) => sum + filesIn(batch, 'arrived').length,
      0,
    );
  }

  /** Ids of the batches that they belong to. */
  get batches(): string[] {
    return [...this.#waiting.keys()].map(({ id }) => id);
  }

  /** Moves what has arrived of a batch. */
  async hold(batch: Batch): Promise<void> {
    if (this.#stopped) return;
    const files = filesIn(batch, 'arrived');
    const { buffer, holding, taken, configuration, work } = this.#parts;
    const { on_conflict, keep_free } = configuration.handoff;
    const results = await work.hold(
      { buffer, holding, taken, onConflict: on_conflict, keepFree_bytes: keep_free * 2 ** 20 },
      files.map(({ number, file }) => ({ key: `${batch.id}-${number}`, version: file.version })),
    );
    await this.#takeResults(batch, files, results);
    if (isDecided(batch)) this.#onDecided(batch);
    else if (filesIn(batch, 'arrived').length > 0) this.#tryLater(batch);
  }

  /** What has arrived stays in the buffer: its journal tells the next run. */
  stop(): void {
    this.#stopped = true;
    for (const { cancel } of this.#waiting.values()) cancel();
  }

  async #takeResults(
    batch: Batch,
    files: readonly BatchFile[],
    results: readonly HoldResult[],
  ): Promise<void> {
    const held: BatchFile[] = [];
    for (const [index, one] of files.entries()) {
      const result = results[index];
      if (result?.outcome === 'held') {
        one.held_as = result.as;
        held.push(one);
      } else if (result) await this.#notHeld(batch, one, result);
    }
    const { clock, statistics } = this.#parts;
    await noteHeld(batch, held, clock.now());
    this.#watch.add(held);
    // Those of a batch that must stay open for others go on record now, not when the last one is.
    const isOpen = filesIn(batch, 'arrived').length > 0;
    for (const one of held) {
      if (isOpen) reportPlace(this.#parts, batch.id, one);
      statistics.held++;
      statistics.held_bytes += one.file.version.size_bytes;
      statistics.forgetFailure(one.file.version.path);
      releaseFile(this.#parts, one.file);
    }
  }

  async #notHeld(
    batch: Batch,
    one: BatchFile,
    result: Exclude<HoldResult, { outcome: 'held' }>,
  ): Promise<void> {
    const { clock, log, statistics } = this.#parts;
    const { path } = one.file.version;
    if (result.outcome === 'changed') {
      const reason = 'its name got new content before it could be moved; that is sent as well';
      await noteDone(batch, [one], reason);
      reportPlace(this.#parts, batch.id, one);
      report(this.#parts, one.file, 'superseded', { reason });
      releaseFile(this.#parts, one.file);
      return;
    }
    if (result.outcome === 'gone') {
      const reason = 'it arrived, and vanished from the buffer before it could be moved';
      log.warn({ path }, reason);
      await noteDone(batch, [one], reason);
      reportPlace(this.#parts, batch.id, one);
      const fields = { deleted_on: formatTimestamp(clock.now()) };
      report(this.#parts, one.file, 'transferred', { reason, fields });
      releaseFile(this.#parts, one.file);
      return;
    }
    one.reason =
      result.outcome === 'failed'
        ? `can't be moved to the holding area: ${result.reason}`
        : 'the holding area has other content under this name (handoff.on_conflict: fail)';
    log.warn({ path, reason: one.reason }, 'file stays in the buffer');
    statistics.noteFailure({ path, attempts: one.file.attempts, reason: one.reason });
    reportPlace(this.#parts, batch.id, one);
  }

  #tryLater(batch: Batch): void {
    const { clock, random, configuration, log } = this.#parts;
    const attempts = (this.#waiting.get(batch)?.attempts ?? 0) + 1;
    const { retry_limit } = configuration.general;
    const delay_ms = endpointDelay_ms(attempts, { random, retry_limit_s: retry_limit });
    const cancel = clock.timer(delay_ms, () => {
      this.hold(batch).then(
        () => {
          if (filesIn(batch, 'arrived').length === 0) this.#waiting.delete(batch);
        },
        (error: Error) => {
          log.error({ reason: error.message }, 'moving to the holding area failed');
          this.#tryLater(batch);
        },
      );
    });
    this.#waiting.set(batch, { attempts, cancel });
  }
}
