// The attempts of this process: files in hand go through the lanes, and their results are written
// many at a time.

import { pathOfFile } from '../../../core/dbb/endpoint-file.ts';
import { ingestEvent } from '../../../core/dbb/ingest-events.ts';
import { describeError } from '../../../core/errors.ts';
import type { Clock } from '../../../platform/clock/clock.ts';
import { joinPath } from '../../../platform/files/paths.ts';
import type { Logger } from '../../../platform/log/logger.ts';
import type { WorkerProcess } from '../../process/worker-process.ts';
import type { StorageWork } from '../../storage/storage-work.ts';
import type { FromWorker, ToWorker, WorkerStart } from '../plugins/worker-protocol.ts';
import type { ClaimedFile, EventBook, Outcome } from './event-book.ts';
import { Hand } from './hand.ts';
import type { IngesterSettings } from './ingester-settings.ts';
import type { Lease } from './lease.ts';
import { outcomeOf } from './outcome.ts';
import { type LaneFile, PluginLane } from './plugin-lane.ts';
import { invalidity } from './screening.ts';

/** How the files of this process ended. */
export interface IngesterCounts {
  succeeded: number;
  failed: number;
  /** Ended without a result. */
  unknown: number;
  invalid: number;
  ignored: number;
}

export interface AttemptsOptions {
  settings: IngesterSettings;
  clock: Clock;
  log: Logger;
  work: StorageWork;
  book: EventBook;
  lease: Lease;
  counts: IngesterCounts;
  start: WorkerStart;
  startProcess(): WorkerProcess<ToWorker, FromWorker>;
  /** Nothing is in hand any more. */
  onIdle(): void;
}

/** A plugin that can't be started any more is tried again. */
const START_RETRY_MS = 5000;
/** What was begun may go on for so long after the ingester is asked to stop. */
const STOP_LIMIT_MS = 7000;
/** Results that wait for the database; then the lanes wait too. */
const RESULTS_MAX = 5000;

export class Attempts {
  readonly #options: AttemptsOptions;
  readonly #hand: Hand;
  readonly #lanes: PluginLane[];
  readonly #stopping = new AbortController();
  #running: Promise<void>[] = [];
  #results: Outcome[] = [];
  #writing: Promise<void> | undefined;

  constructor(options: AttemptsOptions) {
    const { settings, clock, start, startProcess } = options;
    this.#options = options;
    this.#hand = new Hand(clock, { batch: settings.batch_size, lanes: settings.num_threads });
    this.#lanes = Array.from({ length: settings.num_threads }, () => {
      const onProcesses = (): Promise<void> => this.#tellProcesses();
      return new PluginLane({
        clock,
        start,
        startProcess,
        onProcesses,
        timeout_s: settings.timeout,
      });
    });
  }

  get isIdle(): boolean {
    return this.#hand.count === 0 && !this.#writing;
  }

  /** Starts the first lane. Throws where the plugin can't be used. */
  async open(): Promise<void> {
    await this.#lanes[0]?.open();
    this.#running = this.#lanes.map((lane) => this.#runLane(lane));
  }

  /** How many files may be claimed now; 0 once it is closed. */
  room(): Promise<number> {
    return this.#hand.room();
  }

  /** Takes claimed files; those that can't be ingested are over at once. */
  async put(claimed: readonly ClaimedFile[], more: boolean): Promise<void> {
    if (claimed.length === 0) return;
    const { work, settings, clock, counts, log } = this.#options;
    const paths = claimed.map(({ file }) => pathOfFile(file));
    const sizes = await work.sizes(settings.storage, paths);
    const valid = claimed.filter((one, index) => {
      const message = invalidity(one.file, sizes[index] ?? null);
      if (message === undefined) return true;
      counts.invalid++;
      log.warn({ path: paths[index], reason: message }, 'INVALID');
      this.#add({ claimed: one, event: ingestEvent('INVALID', clock.now(), { message }) });
      return false;
    });
    this.#hand.put(valid, more);
  }

  /** No further file is begun. Gives those that were not. */
  close(): ClaimedFile[] {
    this.#stopping.abort(new Error('the ingester stops'));
    for (const lane of this.#lanes) lane.hold();
    return this.#hand.close();
  }

  /** Waits for what was begun, and writes it. */
  async stop(): Promise<void> {
    const cancel = this.#options.clock.timer(STOP_LIMIT_MS, () => {
      for (const lane of this.#lanes) void lane.stop();
    });
    await Promise.all(this.#running);
    cancel();
    await Promise.all(this.#lanes.map((lane) => lane.stop()));
    await this.#writing;
  }

  async #runLane(lane: PluginLane): Promise<void> {
    const { settings, clock } = this.#options;
    for (;;) {
      const files = await this.#hand.take(settings.batch_size);
      if (files.length === 0) return;
      while (this.#results.length > RESULTS_MAX) await this.#writing;
      const since_ms = clock.monotonic();
      await this.#try(lane, files);
      this.#hand.finished(files.length, clock.monotonic() - since_ms);
      if (this.isIdle) this.#options.onIdle();
    }
  }

  async #try(lane: PluginLane, files: readonly ClaimedFile[]): Promise<void> {
    const { settings, clock, log } = this.#options;
    const over = new Set<number>();
    const batch = files.map((claimed): LaneFile => {
      const { file, document } = claimed;
      const path = joinPath(settings.storage, pathOfFile(file));
      const { relpath, filename, checksum, size_bytes } = file;
      const repeated = document.attempts > 1;
      return { file: { path, relpath, filename, checksum, size_bytes }, repeated };
    });
    while (over.size < files.length) {
      const left = [...files.keys()].filter((index) => !over.has(index));
      const part = left.flatMap((index) => batch[index] ?? []);
      try {
        await lane.run(part, (at, result) => {
          const index = left[at] ?? 0;
          const claimed = files[index];
          if (!claimed || over.has(index)) return;
          over.add(index);
          const outcome = outcomeOf(claimed, result, settings, clock.now());
          this.#count(outcome);
          this.#add(outcome);
        });
      } catch (error) {
        if (!this.#stopping.signal.aborted) {
          log.error(
            { reason: describeError(error) },
            'the plugin can not be started; tried again',
          );
        }
        await clock.sleep(START_RETRY_MS, this.#stopping.signal).catch(() => {});
      }
      if (this.#stopping.signal.aborted) break;
    }
    await this.#giveBackLeft(files, over);
  }

  /** Asked to stop in the middle of a batch: what was not begun is as it was. */
  async #giveBackLeft(files: readonly ClaimedFile[], over: ReadonlySet<number>): Promise<void> {
    const left = files.filter((_, index) => !over.has(index));
    if (left.length === 0) return;
    try {
      await this.#options.book.giveBack(left);
    } catch (error) {
      const fields = { files: left.length, reason: describeError(error) };
      this.#options.log.warn(fields, 'files could not be given back');
    }
  }

  #count({ claimed, event }: Outcome): void {
    const { counts, log } = this.#options;
    const path = pathOfFile(claimed.file);
    if (event.status === 'SUCCESS') {
      counts.succeeded++;
      log.debug({ path, duration_s: event.duration }, 'SUCCESS');
      return;
    }
    if (event.status === 'UNKNOWN') counts.unknown++;
    else counts.failed++;
    log.warn({ path, reason: event.err_message }, event.status);
  }

  #add(outcome: Outcome): void {
    this.#results.push(outcome);
    this.#writing ??= this.#write();
  }

  /** Writes what has gathered while the write before was under way. */
  async #write(): Promise<void> {
    const { book, log } = this.#options;
    // What comes in the same turn goes into the same request.
    await Promise.resolve();
    while (this.#results.length > 0) {
      const part = this.#results.splice(0);
      try {
        await book.record(part);
      } catch (error) {
        const fields = { files: part.length, reason: describeError(error) };
        log.error(fields, 'results could not be recorded; the files become UNKNOWN');
      }
    }
    this.#writing = undefined;
    if (this.isIdle) this.#options.onIdle();
  }

  async #tellProcesses(): Promise<void> {
    const pids = this.#lanes.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    await this.#options.lease.setWorkers(pids);
  }
}
