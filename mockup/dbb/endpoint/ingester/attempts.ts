// The attempts of this process: files in flight go through the lanes, and their results are written
// many at a time.

import { pathOfFile } from '../../../core/dbb/endpoint-file.ts';
import { ingestEvent } from '../../../core/dbb/ingest-events.ts';
import { describeError } from '../../../core/errors.ts';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { Logger } from '../../../platform/log/logger.ts';
import type { WorkerProcess } from '../../process/worker-process.ts';
import { StorageArea, type StorageLook } from '../../storage/storage-area.ts';
import type { StorageWork } from '../../storage/storage-work.ts';
import { TARGET_AWAY, TargetAwayError } from '../plugins/target-away.ts';
import type { FromWorker, ToWorker, WorkerStart } from '../plugins/worker-protocol.ts';
import { Hand } from './claiming/hand.ts';
import type { IngesterLease } from './claiming/lease.ts';
import type { ClaimedFile, EventStore, Outcome } from './event-store.ts';
import type { IngesterSettings } from './ingester-settings.ts';
import { lossCheck } from './loss-check.ts';
import { Outage } from './outage.ts';
import { PluginLane } from './plugin-lane.ts';
import { invalidity, wasTouched } from './screening.ts';
import { Trial } from './trial.ts';

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
  store: EventStore;
  lease: IngesterLease;
  counts: IngesterCounts;
  start: WorkerStart;
  startProcess(): WorkerProcess<ToWorker, FromWorker>;
  /** Why nothing goes through; undefined when it is over. */
  onTrouble(trouble: string | undefined): void;
  /** Nothing is in flight any more. */
  onIdle(): void;
  /** The target is away, and this run should end. */
  onHopeless(error: Error): void;
}

/** Runs for which files that are given back are candidates again. */
const RETURNABLE = ['UNTRIED', 'RERUN'];
/** What was begun may go on for so long after the ingester is asked to stop. */
const STOP_LIMIT_MS = 7000;
/** Results that wait for the database; then the lanes wait too. */
const RESULTS_MAX = 5000;
/** Before each attempt to write results that the database did not take. */
const RECORD_DELAYS_MS = [0, 250, 1000, 2000];

export class Attempts {
  readonly #options: AttemptsOptions;
  readonly #hand: Hand;
  readonly #lanes: PluginLane[];
  readonly #outage: Outage;
  readonly #storage: StorageArea;
  readonly #stopping = new AbortController();
  #running: Promise<void>[] = [];
  #results: Outcome[] = [];
  #writing: Promise<void> | undefined;

  constructor(options: AttemptsOptions) {
    const { settings, clock, log, start, startProcess, work } = options;
    this.#options = options;
    this.#storage = new StorageArea(work, settings.storage);
    const { daemon } = settings;
    this.#outage = new Outage({
      clock,
      log,
      daemon,
      onChange: (trouble) => this.#onOutage(trouble),
    });
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

  /** Starts the first lane. Throws where the plugin can't be used; its target may be away. */
  async open(): Promise<void> {
    try {
      await this.#lanes[0]?.open();
    } catch (error) {
      if ((error as { code?: unknown }).code !== TARGET_AWAY) throw error;
      this.#outage.begin(describeError(error));
    }
    this.#running = this.#lanes.map((lane) => this.#runLane(lane));
  }

  /** How many files may be claimed now; 0 once it is closed. */
  room(): Promise<number> {
    return this.#hand.room();
  }

  /** Takes claimed files; those that can't be ingested are over at once. */
  async put(claimed: readonly ClaimedFile[], more: boolean): Promise<void> {
    if (claimed.length === 0) return;
    const { counts, clock, log } = this.#options;
    const paths = claimed.map(({ file }) => pathOfFile(file));
    const reasons = await this.#invalidities(claimed, await this.#look(paths));
    const valid = claimed.filter((one, index) => {
      const message = reasons[index];
      if (message === undefined) return true;
      counts.invalid++;
      log.warn({ path: paths[index], reason: message }, 'INVALID');
      this.#add({ claimed: one, event: ingestEvent('INVALID', clock.now(), { message }) });
      return false;
    });
    this.#hand.put(valid, more);
    if (this.#outage.isHopeless) throw this.#hopeless();
  }

  /** Why each can't be ingested; one whose time is not that on record is read once more. */
  async #invalidities(
    claimed: readonly ClaimedFile[],
    looks: StorageLook['files'],
  ): Promise<(string | undefined)[]> {
    const { work, settings } = this.#options;
    const reasons = claimed.map(({ file }, index) => {
      const look = looks[index] ?? null;
      // What can't be looked at is for the plugin to try: it says how it failed.
      return look && 'code' in look ? undefined : invalidity(file, look?.size_bytes ?? null);
    });
    const touched = claimed.flatMap(({ file }, index) =>
      reasons[index] === undefined && wasTouched(file, looks[index]) ? [index] : [],
    );
    if (touched.length === 0) return reasons;
    const paths = touched.map((index) => pathOfFile((claimed[index] as ClaimedFile).file));
    const found = await work.identify(settings.storage, paths);
    for (const [at, index] of touched.entries()) {
      const result = found[at];
      const isSame =
        result && 'checksum' in result && result.checksum === claimed[index]?.file.checksum;
      if (!isSame) reasons[index] = 'the file was changed after it was recorded';
    }
    return reasons;
  }

  /** Waits for the storage area where that is away: then no file in it is missing. */
  async #look(paths: readonly string[]): Promise<StorageLook['files']> {
    const { signal } = this.#stopping;
    let isAway = false;
    for (;;) {
      const { files, trouble } = await this.#storage.look(paths);
      if (trouble === undefined) {
        if (isAway) this.#outage.end();
        return files;
      }
      isAway = true;
      this.#outage.begin(trouble);
      await this.#outage.wait(signal);
      // Not begun, and given back as they were.
      if (signal.aborted || this.#outage.isHopeless) return paths.map(() => ({ code: 'EAGAIN' }));
    }
  }

  /** No further file is begun. Returns those that were not. */
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
    const { settings, clock, log } = this.#options;
    const { signal } = this.#stopping;
    const onOutcome = (outcome: Outcome): void => {
      this.#count(outcome);
      this.#add(outcome);
    };
    const parts = { lane, settings, clock, log, hand: this.#hand, outage: this.#outage };
    const trial = new Trial({ ...parts, signal, onOutcome, lostOf: lossCheck(this.#options) });
    for (;;) {
      const files = await this.#hand.take(settings.batch_size);
      if (files.length === 0) return;
      while (this.#results.length > RESULTS_MAX) await this.#writing;
      const since_ms = clock.monotonic();
      const { left, count } = await trial.run(files);
      await this.#giveBack(left);
      const isHopeless = this.#outage.isHopeless && !this.#stopping.signal.aborted;
      if (isHopeless) return this.#options.onHopeless(this.#hopeless());
      this.#hand.finished(count, clock.monotonic() - since_ms);
      if (this.isIdle) this.#options.onIdle();
    }
  }

  #hopeless(): TargetAwayError {
    const { trouble = 'the target is away' } = this.#outage;
    const hint =
      'files that were not tried are as they were; run it again when the target is back';
    return new TargetAwayError(`the target is away: ${trouble}`, { hint });
  }

  /** What was not begun is as it was. */
  async #giveBack(left: readonly ClaimedFile[]): Promise<void> {
    if (left.length === 0) return;
    try {
      await this.#options.store.giveBack(left);
    } catch (error) {
      const fields = { files: left.length, reason: describeError(error) };
      this.#options.log.warn(fields, 'files could not be given back');
    }
  }

  /** While the target is away nothing is in this process's hands that another could try. */
  #onOutage(trouble: string | undefined): void {
    this.#options.onTrouble(trouble);
    if (trouble === undefined) this.#hand.release();
    else if (RETURNABLE.includes(this.#options.settings.file_status)) {
      const waiting = this.#hand.hold();
      void this.#giveBack(waiting);
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
    const { store, log, clock } = this.#options;
    // What comes in the same turn goes into the same request.
    await Promise.resolve();
    while (this.#results.length > 0) {
      let part = this.#results.splice(0);
      for (let attempt = 0; part.length > 0 && attempt < RECORD_DELAYS_MS.length; attempt++) {
        if (attempt > 0) await clock.sleep(RECORD_DELAYS_MS[attempt] ?? 0);
        part = await store.record(part).catch((error: unknown) => {
          log.warn({ reason: describeError(error) }, 'results are not recorded yet');
          return part;
        });
      }
      const fields = { files: part.length };
      if (part.length > 0)
        log.error(fields, 'results could not be recorded; the files become UNKNOWN');
    }
    this.#writing = undefined;
    if (this.isIdle) this.#options.onIdle();
  }

  async #tellProcesses(): Promise<void> {
    const pids = this.#lanes.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    await this.#options.lease.setWorkers(pids);
  }
}
