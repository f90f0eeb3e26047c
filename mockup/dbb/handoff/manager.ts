// The handoff manager: finder, porter, mover, wiper and eraser around one queue. It has no rounds:
// each part works as soon as there is something for it.

import { IN_STAGING } from '../../core/dbb/staging-name.ts';
import { AppError, describeError, isRetriable } from '../../core/errors.ts';
import type { TreeWatch } from '../files/watch-tree.ts';
import { assembleParts } from './assembly.ts';
import { takeChanges } from './buffer/finder.ts';
import { HeldWatch } from './buffer/held-watch.ts';
import { Mover } from './buffer/mover.ts';
import { Eraser, Wiper } from './buffer/tidying.ts';
import { type HandoffConfiguration, toPattern } from './configuration.ts';
import { EndpointHealth } from './endpoint/endpoint-health.ts';
import type { HandoffParts, HandoffPlace, HandoffPorts } from './parts.ts';
import { type Batch, deliveredOf, filesIn, isDecided, recoverBatch } from './queue/batch.ts';
import { reportPlace } from './records/file-reports.ts';
import { initDatabases } from './records/init-databases.ts';
import { Keeper } from './records/keeper.ts';
import { reconcile } from './records/reconcile.ts';
import { Retainer } from './retention/retainer.ts';
import { Porter } from './shipping/porter.ts';
import { type HandoffStatus, statusOf } from './status.ts';
import { WakeUp } from './wake-up.ts';

export interface HandoffManagerOptions {
  ports: HandoffPorts;
  place: HandoffPlace;
  configuration: HandoffConfiguration;
  pid: number;
  /** Called about once a second; throws where the manager must end (its lock was taken). */
  onTick(status: HandoffStatus): void;
}

const TICK_MS = 1000;
const LAST_RECORDS_MS = 5000;
const RECONCILE_AGAIN_MS = 10_000;

export class HandoffManager {
  readonly #options: HandoffManagerOptions;
  readonly #parts: HandoffParts;
  readonly #health: EndpointHealth;
  readonly #heldWatch: HeldWatch;
  readonly #mover: Mover;
  readonly #porter: Porter;
  readonly #keeper: Keeper;
  readonly #wiper: Wiper;
  readonly #eraser: Eraser;
  readonly #retainer: Retainer;
  readonly #wakeUp: WakeUp;
  readonly #started_ms: number;
  #preparing: Promise<void> | undefined;
  #watch: TreeWatch | undefined;
  #scan: HandoffStatus['scan'] = null;
  #reconcileAt_ms = 0;
  #reconciling: Promise<void> | undefined;
  #reconciled = false;
  #stopping = false;
  #ticked_ms = 0;
  #wasDone = false;
  #isTidy = false;
  /** Another manager has the buffer by now. */
  #isReplaced = false;

  constructor(options: HandoffManagerOptions) {
    const { ports, configuration } = options;
    this.#options = options;
    this.#parts = assembleParts(ports, options.place, configuration);
    const { retry_limit } = configuration.general;
    const { clock, random, log } = ports;
    this.#health = new EndpointHealth({ clock, random, log, retry_limit_s: retry_limit });
    this.#keeper = new Keeper(this.#parts);
    this.#wiper = new Wiper(this.#parts);
    this.#eraser = new Eraser(this.#parts);
    this.#retainer = new Retainer(this.#parts);
    const onDecided = (batch: Batch): void => this.#decided(batch);
    this.#heldWatch = new HeldWatch(this.#parts);
    this.#mover = new Mover(this.#parts, this.#heldWatch, onDecided);
    this.#porter = new Porter({
      parts: this.#parts,
      health: this.#health,
      mover: this.#mover,
      onDecided,
    });
    this.#wakeUp = new WakeUp(clock);
    this.#started_ms = clock.now();
  }

  status(): HandoffStatus {
    return statusOf({
      parts: this.#parts,
      health: this.#health,
      activeBatches: this.#porter.active,
      localError: this.#porter.localError,
      stuck: this.#mover.stuck,
      parked: this.#keeper.parked,
      stopping: this.#stopping,
      started_ms: this.#started_ms,
      scan: this.#scan,
      reconciled: this.#reconciled,
      pid: this.#options.pid,
    });
  }

  /** True after `run` where nothing of it is left at the endpoint: its name may be forgotten. */
  get isTidy(): boolean {
    return this.#isTidy;
  }

  /** Works until it is stopped. Throws where it can't go on. */
  async run(): Promise<void> {
    const { log } = this.#parts;
    try {
      await this.#recover();
      this.#startWatch();
      while (!this.#stopping) {
        // First of all: after a long sleep the buffer may be in other hands.
        this.#tick();
        this.#step();
        await this.#wakeUp.wait(TICK_MS);
      }
    } catch (error) {
      if (error instanceof AppError && error.code === 'lock_lost') this.#leave();
      throw error;
    } finally {
      await this.#end();
    }
    log.info({ held: this.#parts.statistics.held }, 'stopped');
  }

  /** The transfer in flight is finished; `run` ends after it. */
  stop(): void {
    this.#stopping = true;
    this.#wakeUp.call();
  }

  #step(): void {
    const { clock, waiting, files, batches } = this.#parts;
    waiting.promote(clock.monotonic());
    this.#parts.discoveries.passOn(this.#parts);
    this.#parts.keepHeapSmall();
    const retry_ms = this.#health.retryAt_ms;
    if (retry_ms !== undefined && retry_ms <= clock.monotonic()) this.#prepare();
    if (!this.#preparing) this.#porter.startMore(this.#wakeUp.call);
    if (this.#porter.active === 0 && this.#health.isUp) {
      if (waiting.ready === 0) for (const recorder of [files, batches]) recorder.writeSoon();
      this.#wiper.idle();
      this.#retainer.idle();
      if (this.#watch) this.#eraser.idle(this.#watch);
    }
    this.#heldWatch.tick();
    if (this.#keeper.parked > 0) this.#inBackground(this.#keeper.catchUp(), 'late records');
    if (this.#scan && clock.monotonic() >= this.#reconcileAt_ms) {
      this.#reconcileAt_ms = Number.POSITIVE_INFINITY;
      this.#reconciling = this.#reconcile();
      this.#inBackground(this.#reconciling, 'setting old records right');
    }
  }

  /** Once a second, and at once when all is done. */
  #tick(): void {
    const { clock, waiting, files, batches } = this.#parts;
    const open = this.#porter.active + waiting.count + files.pending + batches.pending;
    const isDone = open === 0 && !this.#wasDone;
    this.#wasDone = open === 0;
    if (!isDone && clock.monotonic() - this.#ticked_ms < TICK_MS) return;
    this.#ticked_ms = clock.monotonic();
    this.#options.onTick(this.status());
  }

  #prepare(): void {
    this.#preparing ??= this.#parts.endpoint
      .prepare(this.#openBatches())
      .then(
        ({ sameFileSystem }) => {
          const wasDown = this.#health.error !== undefined;
          this.#health.prepared();
          if (wasDown) this.#parts.waiting.retryNow();
          if (!sameFileSystem) {
            this.#parts.log.warn({}, 'staging and buffer are on different file systems there');
          }
        },
        (error) => this.#health.unusable(error),
      )
      .finally(() => {
        this.#preparing = undefined;
        this.#wakeUp.call();
      });
  }

  #openBatches(): string[] {
    return [...this.#porter.openBatches, ...this.#mover.batches];
  }

  /** What an earlier run left: its journals say how far each batch had come. */
  async #recover(): Promise<void> {
    const { journals, waiting, log } = this.#parts;
    const names = journals.names();
    if (names.length > 0) log.info({ batches: names.length }, 'going on with an earlier run');
    for (const name of names) {
      const batch = await recoverBatch(journals, name);
      if (!batch) continue;
      if (isDecided(batch)) {
        await this.#keeper.take(batch);
        continue;
      }
      for (const { file, state } of batch.files) {
        if (state === 'sent' || state === 'arrived') waiting.adopt(file);
      }
      for (const one of deliveredOf(batch)) reportPlace(this.#parts, batch.id, one);
      const sent = filesIn(batch, 'sent').length > 0;
      if (sent) this.#porter.adopt(batch);
      if (filesIn(batch, 'arrived').length > 0) await this.#mover.hold(batch);
    }
  }

  #startWatch(): void {
    const { buffer, ownDirectory, configuration, log } = this.#parts;
    const { exclude_list, pause } = configuration.general;
    const own = ownDirectory === '' ? [] : [`^${escapePattern(ownDirectory)}(/|$)`];
    this.#watch = this.#options.ports.watchTree({
      root: buffer,
      // The buffer may be the endpoint of another manager.
      exclude: [...own, IN_STAGING, ...(exclude_list ?? []).map(toPattern)],
      pause_ms: pause * 1000,
      onChanges: (changes) => {
        takeChanges(this.#parts, changes);
        this.#parts.discoveries.passOn(this.#parts);
        this.#parts.keepHeapSmall();
        this.#wakeUp.call();
      },
      onScanned: (report) => {
        if (!this.#scan) log.info(report, 'buffer scanned');
        this.#scan = report;
        this.#wakeUp.call();
      },
      onError: (error) => log.error({ reason: error.message }, 'the buffer can’t be scanned'),
    });
  }

  async #reconcile(): Promise<void> {
    const { databases, configuration } = this.#parts;
    const names = configuration.database.tablenames;
    try {
      await initDatabases(databases, names);
      await reconcile(this.#parts, databases.open(names.file));
      this.#reconciled = true;
    } catch (error) {
      if (!isRetriable(error)) throw error;
      this.#reconcileAt_ms = this.#parts.clock.monotonic() + RECONCILE_AGAIN_MS;
    }
  }

  /** What is in the buffer, the journals and the staging area belongs to that one. */
  #leave(): void {
    this.#isReplaced = true;
    this.#mover.stop();
    this.#parts.log.error({}, 'the lock was lost: nothing more is touched');
  }

  #decided(batch: Batch): void {
    if (this.#isReplaced) return;
    this.#wiper.add(batch.id);
    this.#inBackground(this.#keeper.take(batch), 'closing a batch');
    this.#wakeUp.call();
  }

  #inBackground(work: Promise<void>, what: string): void {
    work.catch((error) => {
      this.#parts.log.warn({ reason: describeError(error) }, `${what} failed`);
    });
  }

  async #end(): Promise<void> {
    const { files, batches, log } = this.#parts;
    this.#stopping = true;
    await this.#watch?.stop();
    await this.#preparing;
    await this.#reconciling?.catch(() => {});
    if (!this.#isReplaced) await this.#porter.drain();
    this.#mover.stop();
    await this.#heldWatch.stop();
    await this.#retainer.stop();
    if (this.#health.isUp && !this.#isReplaced) {
      this.#isTidy = await this.#wiper.end(this.#openBatches()).catch((error: Error) => {
        log.debug({ reason: error.message }, 'tidying up failed');
        return false;
      });
    }
    for (const recorder of this.#isReplaced ? [] : [files, batches]) {
      if (recorder.error === undefined) await recorder.flush(LAST_RECORDS_MS);
    }
    await Promise.all([files.stop(), batches.stop()]);
  }
}

function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
