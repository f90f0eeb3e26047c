// Porter: takes waiting files into batches and ships them, several at a time. While one batch is
// transferred the next is made ready, and the one before is verified, moved and recorded.

import type { FileState } from '../../core/dbb/file-life-cycle.ts';
import { isSameVersion } from '../../core/dbb/file-version.ts';
import { formatTimestamp } from '../../core/timestamps.ts';
import { quoteForShell } from '../../platform/process/shell-quoting.ts';
import { type Batch, type BatchFile, beginBatch, filesIn, isDecided, noteDone } from './batch.ts';
import { type EndpointHealth, retryDelay_ms } from './endpoint-health.ts';
import { EndpointError } from './failures.ts';
import { addFile, releaseFile, report } from './file-reports.ts';
import type { Mover } from './mover.ts';
import type { HandoffParts } from './parts.ts';
import { COMMAND_LENGTH_MAX } from './remote-scripts.ts';
import { type Outcomes, Shipment } from './shipment.ts';
import { Turns } from './turns.ts';
import type { WaitingFile } from './waiting-files.ts';

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

export class Porter implements Outcomes {
  readonly #options: PorterOptions;
  readonly #shipment: Shipment;
  readonly #turns: Turns;
  readonly #active = new Map<string, Promise<void>>();
  /** Batches that must be resolved before their files can be sent again. */
  readonly #unresolved = new Set<Batch>();
  readonly #run: string;
  #count = 0;

  constructor(options: PorterOptions) {
    this.#options = options;
    this.#shipment = new Shipment(options.parts, this);
    this.#turns = new Turns(options.parts.configuration.general.num_threads);
    this.#run = options.parts.random.hex(6);
  }

  get active(): number {
    return this.#active.size;
  }

  /** Ids of batches that the endpoint must not lose. */
  get openBatches(): string[] {
    return [...this.#active.keys(), ...[...this.#unresolved].map(({ id }) => id)];
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

  /** Waits for the batches in hand. */
  async drain(): Promise<void> {
    while (this.#active.size > 0) await Promise.all(this.#active.values());
  }

  async notArrived(
    batch: Batch,
    files: BatchFile[],
    reason: string,
    cause?: unknown,
  ): Promise<void> {
    const { parts } = this.#options;
    const unreachable = cause instanceof EndpointError && cause.unreachable;
    const all = files.length === batch.files.length;
    // Nothing of several arrived: who is to blame shows in smaller batches.
    const halve = all && files.length > 1 && cause !== undefined && !batch.recovered;
    await noteDone(batch, files, reason);
    parts.log.debug({ batch: batch.id, files: files.length, reason }, 'files wait again');
    for (const { file } of files) {
      if (unreachable || batch.recovered) this.#putBack(file, file, reason);
      else if (halve) {
        this.#putBack(file, { ...file, batch_max: Math.ceil(files.length / 2) }, reason);
      } else this.#failedOnce(file, reason);
    }
  }

  async notAsFound(batch: Batch, files: BatchFile[], code: string | undefined): Promise<void> {
    const { parts } = this.#options;
    const paths = files.map(({ file }) => file.version.path);
    const now = await parts.work.lookAt(parts.buffer, paths);
    await noteDone(batch, files, 'not as it was found');
    for (const [at, { file }] of files.entries()) {
      const version = now[at];
      if (code && code !== 'ENOENT' && version) {
        this.#failedOnce(file, `can't be read: ${code}`, 'skipped');
      } else this.#replaced(file, version);
    }
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
    let batch: Batch | undefined;
    try {
      const files = await this.#lookAgain(taken);
      if (files.length === 0) return;
      batch = await beginBatch(parts.journals, id, files);
      for (const file of files) report(parts, file, 'transferring', { fields: { batch: id } });
      parts.statistics.batches++;
      await this.#shipment.send(batch, (work) => this.#turns.take(work));
      await this.#afterShipment(batch);
    } catch (error) {
      if (!(error instanceof EndpointError)) {
        parts.log.error({ batch: id, error }, 'a batch could not be handled');
      }
      if (batch) {
        batch.failure ??= error as Error;
        this.#unresolved.add(batch);
      } else {
        for (const file of taken) {
          parts.waiting.release(file);
          parts.waiting.add(file);
        }
      }
      health.failed(error);
    }
  }

  async #resolve(batch: Batch): Promise<void> {
    const { parts, health } = this.#options;
    try {
      const reason = batch.failure?.message;
      const cause = reason
        ? new EndpointError(reason, { passing: true, unreachable: true })
        : undefined;
      await this.#shipment.resolve(batch, cause);
      await this.#afterShipment(batch);
    } catch (error) {
      parts.log.debug({ batch: batch.id, reason: (error as Error).message }, 'not resolved yet');
      this.#unresolved.add(batch);
      health.failed(error);
    }
  }

  async #afterShipment(batch: Batch): Promise<void> {
    const { parts, health, mover, onDecided } = this.#options;
    const arrived = filesIn(batch, 'arrived');
    if (arrived.length > 0) health.delivered();
    else if (batch.failure && !batch.recovered) {
      parts.statistics.failed_transfers++;
      health.failed(batch.failure);
    }
    if (arrived.length > 0) await mover.hold(batch);
    else if (isDecided(batch)) onDecided(batch);
  }

  /** Right before they are sent: are they still what was found? */
  async #lookAgain(files: readonly WaitingFile[]): Promise<WaitingFile[]> {
    const { parts } = this.#options;
    const paths = files.map(({ version }) => version.path);
    const now = await parts.work.lookAt(parts.buffer, paths);
    return files.filter((file, at) => {
      const version = now[at];
      if (version && isSameVersion(version, file.version, { renamed: true })) {
        file.version = version;
        return true;
      }
      this.#replaced(file, version);
      return false;
    });
  }

  /** `seen`: what was there a moment ago; undefined where nothing was. */
  #replaced(file: WaitingFile, seen: WaitingFile['version'] | undefined): void {
    const { parts } = this.#options;
    const now_ms = parts.clock.now();
    const newer = parts.waiting.release(file);
    // What the finder told since then it will not tell again.
    const version = seen ?? newer?.version;
    if (!version) {
      const fields = { deleted_on: formatTimestamp(now_ms) };
      const reason = 'it vanished from the buffer before it was shipped';
      return void report(parts, file, 'failed', { reason, fields });
    }
    if (isSameVersion(version, file.version, { renamed: true })) {
      return void parts.waiting.add({ ...file, version });
    }
    report(parts, file, 'superseded', { reason: 'it changed before or while it was shipped' });
    addFile(parts, { version, discovered_ms: now_ms, attempts: 0 });
  }

  /** Waits again, unless something newer has its name by now. */
  #putBack(file: WaitingFile, next: WaitingFile, reason: string): void {
    const { parts } = this.#options;
    if (releaseFile(parts, file)) {
      return void report(parts, file, 'superseded', { reason: 'it was replaced in the buffer' });
    }
    report(parts, next, 'discovered', { reason });
    parts.waiting.add(next);
  }

  #failedOnce(file: WaitingFile, reason: string, state: FileState = 'failed'): void {
    const { parts } = this.#options;
    const attempts = file.attempts + 1;
    const { path } = file.version;
    parts.statistics.noteFailure({ path, attempts, reason });
    parts.log.warn({ path, attempts, reason }, 'file was not shipped; it will be tried again');
    if (releaseFile(parts, file)) {
      return void report(parts, file, 'superseded', { reason: 'it was replaced in the buffer' });
    }
    const next = { ...file, attempts };
    report(parts, next, state, { reason });
    const { retry_limit } = parts.configuration.general;
    const limits = { random: parts.random, retry_limit_s: retry_limit };
    parts.waiting.add(next, parts.clock.monotonic() + retryDelay_ms(attempts, limits));
  }

  #nextId(): string {
    const { clock } = this.#options.parts;
    const time = formatTimestamp(clock.now()).replace(/[-:]|\..*$/g, '');
    return `${time}-${this.#run}-${this.#count++}`;
  }
}
