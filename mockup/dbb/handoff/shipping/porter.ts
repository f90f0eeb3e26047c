// Porter: takes waiting files into batches and ships them, several at a time. While one batch is
// transferred the next is made ready, and the one before is verified, moved and recorded.

import { formatTimestamp } from '../../../core/timestamps.ts';
import { quoteForShell } from '../../../platform/process/shell-quoting.ts';
import { LocalHealth } from '../buffer/local-health.ts';
import type { Mover } from '../buffer/mover.ts';
import type { EndpointHealth } from '../endpoint/endpoint-health.ts';
import { EndpointError } from '../endpoint/failures.ts';
import { COMMAND_LENGTH_MAX } from '../endpoint/remote-scripts.ts';
import type { HandoffParts } from '../parts.ts';
import { type Batch, beginBatch, filesIn, isDecided, noteDone } from '../queue/batch.ts';
import type { WaitingFile } from '../queue/waiting-files.ts';
import { releaseFile, report } from '../records/file-reports.ts';
import { FileFates } from './file-fates.ts';
import { Pacing } from './pacing.ts';
import { Shipment, type ShipResult } from './shipment.ts';
import { Turns } from './turns.ts';

/** Files of one batch where `general.chunk_size` is not given. */
const BULK_FILES = 2000;
const CHUNK_FILES = 10;
const BATCH_BYTES = 256 * 2 ** 20;
/** What a file costs in a command beside its name. */
const NAME_COST = 20;

export interface PorterOptions {
  parts: HandoffParts;
  health: EndpointHealth;
  mover: Mover;
  /** A batch of which all files are decided. */
  onDecided(batch: Batch): void;
}

export class Porter {
  readonly #options: PorterOptions;
  readonly #pacing: Pacing;
  readonly #turns: Turns;
  readonly #active = new Map<string, Promise<void>>();
  /** Batches that must be resolved before their files can be sent again. */
  readonly #unresolved = new Set<Batch>();
  readonly #run: string;
  readonly #local: LocalHealth;
  readonly #fates: FileFates;
  #count = 0;

  constructor(options: PorterOptions) {
    this.#options = options;
    const { clock, random, log, configuration } = options.parts;
    const { num_threads, rate_limit, retry_limit } = configuration.general;
    this.#fates = new FileFates(options.parts);
    this.#pacing = new Pacing(clock, rate_limit);
    this.#turns = new Turns(num_threads);
    this.#run = random.hex(6);
    this.#local = new LocalHealth({ clock, random, log, retry_limit_s: retry_limit });
  }

  get active(): number {
    return this.#active.size;
  }

  /** Why nothing can be begun here, on this machine; undefined while all is well. */
  get localError(): string | undefined {
    return this.#local.error;
  }

  /** Ids of batches that the endpoint must not lose. */
  get openBatches(): string[] {
    const unresolved = [...this.#unresolved].map(({ id }) => id);
    return [...this.#active.keys(), ...unresolved, ...this.#options.parts.waiting.partials()];
  }

  get unresolved(): number {
    return this.#unresolved.size;
  }

  /** A batch of an earlier run, or one whose end is not known. */
  adopt(batch: Batch): void {
    this.#unresolved.add(batch);
  }

  /** Takes on as much as there is room for. `onProgress` is called when something has ended. */
  startMore(onProgress: () => void): void {
    const { parts, health } = this.#options;
    const { num_threads } = parts.configuration.general;
    const begin = (id: string, work: Promise<void>): void => {
      this.#active.set(
        id,
        work.finally(() => {
          this.#active.delete(id);
          onProgress();
        }),
      );
    };
    if (!this.#local.mayTry) return;
    for (const batch of this.#unresolved) {
      if (!health.isUp || this.#active.size > num_threads) return;
      this.#unresolved.delete(batch);
      begin(batch.id, this.#resolve(batch));
    }
    while (health.isUp && parts.waiting.ready > 0 && this.#hasRoom()) {
      const files = this.#takeFiles();
      const id = this.#nextId();
      begin(id, this.#ship(id, files));
    }
  }

  /** Waits for the batches in flight. */
  async drain(): Promise<void> {
    while (this.#active.size > 0) await Promise.all(this.#active.values());
  }

  #hasRoom(): boolean {
    const { parts } = this.#options;
    if (this.#turns.free > 0 && this.#active.size <= this.#turns.places) return true;
    // Ahead of their turn only full batches: what comes until then can go with them.
    const enough = parts.waiting.ready >= this.#filesMax() || parts.waiting.bytes >= BATCH_BYTES;
    return enough && this.#active.size < 2 * this.#turns.places + 1;
  }

  #filesMax(): number {
    const { configuration, endpoint } = this.#options.parts;
    const { chunk_size } = configuration.general;
    if (chunk_size) return chunk_size;
    if (endpoint.sendsInBulk) return BULK_FILES;
    const { takesMany, source } = configuration.commands;
    return takesMany && source === 'file' ? BULK_FILES : CHUNK_FILES;
  }

  #takeFiles(): WaitingFile[] {
    return this.#options.parts.waiting.take({
      files: this.#filesMax(),
      bytes: BATCH_BYTES,
      cost_max: COMMAND_LENGTH_MAX * 0.9,
      cost: (path) => Buffer.byteLength(quoteForShell(path)) + NAME_COST,
    });
  }

  async #ship(id: string, taken: readonly WaitingFile[]): Promise<void> {
    const { parts, health } = this.#options;
    const files = await this.#fates
      .lookAgain(taken)
      .catch((error) => this.#notBegun(taken, error));
    if (!files || files.length === 0) return;
    const batch = await beginBatch(parts.journals, id, files).catch((error) =>
      this.#notBegun(files, error),
    );
    if (!batch) return;
    this.#local.works();
    for (const file of files) report(parts, file, 'transferring', { fields: { batch: id } });
    parts.statistics.batches++;
    try {
      const shipment = new Shipment({ ...parts, pacing: this.#pacing }, batch);
      await this.#decide(batch, await shipment.ship((work) => this.#turns.take(work)));
    } catch (error) {
      batch.failure ??= error as Error;
      this.#unresolved.add(batch);
      this.#blame(batch, error);
      if (error instanceof EndpointError) health.failed(error);
    }
  }

  async #resolve(batch: Batch): Promise<void> {
    const { parts, health } = this.#options;
    try {
      const reason = batch.failure?.message;
      const cause = reason
        ? new EndpointError(reason, { passing: true, unreachable: true })
        : undefined;
      const shipment = new Shipment({ ...parts, pacing: this.#pacing }, batch);
      await this.#decide(batch, await shipment.resolve(cause));
      this.#local.works();
    } catch (error) {
      this.#unresolved.add(batch);
      this.#blame(batch, error);
      if (error instanceof EndpointError) health.failed(error);
    }
  }

  /** An error of this machine (its disk, as a rule) is not the endpoint's. */
  #blame(batch: Batch, error: unknown): void {
    const { log } = this.#options.parts;
    if (error instanceof EndpointError) {
      log.debug({ batch: batch.id, reason: error.message }, 'not resolved yet');
    } else this.#local.failed(error);
  }

  /** Nothing was sent: the files wait again. */
  #notBegun(files: readonly WaitingFile[], error: unknown): undefined {
    const { parts } = this.#options;
    this.#local.failed(error);
    for (const file of files) {
      if (!releaseFile(parts, file)) parts.waiting.add(file);
    }
    return undefined;
  }

  /** What becomes of each file, by how its shipment ended. */
  async #decide(batch: Batch, result: ShipResult): Promise<void> {
    const { parts, health, mover, onDecided } = this.#options;
    parts.statistics.countArrived(result.arrived.map(({ file }) => file.version.size_bytes));
    for (const reason of new Set(result.notArrived.map((one) => one.reason))) {
      const files = result.notArrived.filter((one) => one.reason === reason);
      const done = files.map(({ one }) => one);
      await noteDone(batch, done, reason);
      parts.log.debug({ batch: batch.id, files: files.length, reason }, 'files wait again');
    }
    const cut = result.notArrived.filter(({ cause }) => cause !== undefined);
    for (const one of result.notArrived) this.#fates.sendAgain(batch, one, cut.length);
    await this.#fates.takeChanged(batch, result.changed);
    if (result.arrived.length > 0 || filesIn(batch, 'arrived').length > 0) health.delivered();
    else if (batch.failure instanceof EndpointError && !batch.recovered) {
      parts.statistics.failed_transfers++;
      health.failed(batch.failure);
    }
    if (filesIn(batch, 'arrived').length > 0) await mover.hold(batch);
    else if (isDecided(batch)) onDecided(batch);
  }

  #nextId(): string {
    const { clock } = this.#options.parts;
    const time = formatTimestamp(clock.now()).replace(/[-:]|\..*$/g, '');
    return `${time}-${this.#run}-${this.#count++}`;
  }
}
