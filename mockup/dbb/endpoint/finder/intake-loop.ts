// The finder's loop: identifies the next batch while the one before is taken in. An error of the
// database or the system sends a batch back to wait; it never ends the loop.

import type { IdentifiedFile } from '../../../core/dbb/endpoint-file.ts';
import { isSameVersion } from '../../../core/dbb/file-version.ts';
import { describeError } from '../../../core/errors.ts';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { Logger } from '../../../platform/log/logger.ts';
import type { IdentifyResult } from '../../storage/storage-moves.ts';
import type { StorageWork } from '../../storage/storage-work.ts';
import type { Asides } from './asides.ts';
import type { Intake } from './intake.ts';
import type { IntakeEnd } from './intake-end.ts';
import type { FoundFile } from './search.ts';
import { bothOf, type UnsettledFile, type UnsettledFiles } from './waiting-files.ts';

export interface IntakeLoopOptions {
  clock: Clock;
  log: Logger;
  work: StorageWork;
  /** Where the found files are. */
  location: string;
  waiting: UnsettledFiles;
  intake: Intake;
  asides: Asides;
  /**
   * How long a version must stay as it is, by this process's own looks at it, to count as complete:
   * times of files come from the clocks of others.
   */
  settle_ms: number;
  /** Files that are on record now, and were not before. */
  onTaken(files: readonly IdentifiedFile[]): void;
  /** What keeps all files from being taken in; undefined when it is over. */
  onTrouble(trouble: string | undefined): void;
}

type Identified = { waiting: UnsettledFile; file: IdentifiedFile };

const BATCH = { files: 500, bytes: 256 * 1024 * 1024 };
const RETRY_DELAYS_MS = [1000, 2000, 5000, 10_000, 30_000, 30_000];
/** After that the loop has paused anyway. */
const TROUBLE_DELAY_MS = 500;
/** Between two looks at a file that is being written. */
const CHANGED_DELAY_MS = 1000;

export class IntakeLoop {
  readonly #options: IntakeLoopOptions;
  /** Paths in flight, and what was found under them meanwhile. */
  readonly #inFlight = new Map<string, FoundFile | undefined>();
  #recorded = 0;
  readonly #stopping = new AbortController();
  /** Batches in a row that met a storage area, or a database, that fails. */
  #troubles = 0;
  #stopped = false;
  #writingAsides: Promise<void> | undefined;
  /** Whoever waits for files that were set aside: told when the reason is on record. */
  readonly #toldLater: (() => void)[] = [];

  constructor(options: IntakeLoopOptions) {
    this.#options = options;
  }

  get recorded(): number {
    return this.#recorded;
  }

  isInHand(path: string): boolean {
    return this.#inFlight.has(path);
  }

  /** Something happened to a file in flight: it is looked at again afterwards. */
  foundAgain(file: FoundFile): void {
    const onEnd = bothOf(this.#inFlight.get(file.path)?.onEnd, file.onEnd);
    this.#inFlight.set(file.path, onEnd ? { ...file, onEnd } : file);
  }

  stop(): void {
    this.#stopped = true;
    this.#stopping.abort(new Error('stopped'));
    this.#options.waiting.stop();
  }

  async run(): Promise<void> {
    const { waiting } = this.#options;
    let before: Promise<void> = Promise.resolve();
    while (!this.#stopped) {
      const batch = await waiting.take(BATCH);
      for (const { path } of batch) this.#inFlight.set(path, undefined);
      const identified = await this.#identify(await this.#unknownOf(batch));
      await before;
      if (!this.#stopped) before = this.#takeIn(identified, batch);
      // While everything fails there is no hurry.
      if (this.#troubles > 0) await before.then(() => this.#pause());
    }
    await before;
    await this.#writingAsides;
  }

  /** Writes what was set aside without a file being taken in. */
  wakeForAsides(): void {
    if (this.#stopped) return;
    this.#writingAsides ??= this.#flushAsides().finally(() => {
      this.#writingAsides = undefined;
    });
  }

  /** Files that stay where they are need not be read again after each start. */
  async #unknownOf(batch: readonly UnsettledFile[]): Promise<readonly UnsettledFile[]> {
    try {
      const known = await this.#options.intake.knownOf(batch);
      for (const { onEnd } of known) onEnd?.();
      return batch.filter((file) => !known.has(file));
    } catch {
      // The records tell it after the reading too.
      return batch;
    }
  }

  async #identify(batch: readonly UnsettledFile[]): Promise<Identified[]> {
    const { work, location, log } = this.#options;
    const paths = batch.map(({ path }) => path);
    let results: IdentifyResult[];
    try {
      results = await work.identify(location, paths);
    } catch (error) {
      log.error({ reason: describeError(error) }, 'files could not be read; tried again');
      for (const file of batch) this.#retry(file);
      return [];
    }
    return batch.flatMap((file, index) => {
      const result = results[index] ?? { code: 'ENOENT' };
      if ('checksum' in result)
        return this.#isSettled(file, result) ? [{ waiting: file, file: result }] : [];
      if ('code' in result) this.#unreadable(file, result.code);
      else this.#options.waiting.add({ ...file, version: undefined }, CHANGED_DELAY_MS);
      return [];
    });
  }

  /** A version that was not waited for yet may still be written to. */
  #isSettled(file: UnsettledFile, { version }: IdentifiedFile): boolean {
    if (file.version && isSameVersion(file.version, version)) return true;
    const { settle_ms, waiting } = this.#options;
    if (settle_ms <= 0) return true;
    waiting.add({ ...file, version }, settle_ms);
    return false;
  }

  #unreadable(file: UnsettledFile, code: string): void {
    const { asides } = this.#options;
    const version = { path: file.path, size_bytes: file.version?.size_bytes ?? 0 };
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      // A log of rsync waits for its end; what the scan found is gone again.
      if (!file.onEnd) asides.clear(file.path);
      else asides.set({ version, reason: 'missing', message: 'no such file in the storage area' });
      this.#tellLater(file);
      return;
    }
    asides.set({ version, reason: 'unreadable', message: `can't be read: ${code}` });
    this.#retry(this.#tellLater(file));
  }

  async #takeIn(
    identified: readonly Identified[],
    batch: readonly UnsettledFile[],
  ): Promise<void> {
    const { intake, log } = this.#options;
    try {
      if (identified.length > 0) {
        const ends = await intake.take(identified.map(({ file }) => file));
        for (const [index, one] of identified.entries()) {
          this.#end(one, ends[index] ?? { end: 'gone' });
        }
        const isNew = (index: number): boolean => ends[index]?.end === 'recorded';
        const files = identified.map(({ file }) => file);
        this.#options.onTaken(files.filter((_, index) => isNew(index)));
        this.#judge(ends);
      }
      await this.#writeAsides();
    } catch (error) {
      if (!this.#stopped) {
        const fields = { files: identified.length, reason: describeError(error) };
        log.error(fields, 'files could not be taken in; tried again');
        this.#troubles++;
        this.#options.onTrouble(`files can't be recorded: ${fields.reason}`);
      }
      for (const { waiting } of identified) this.#retry(waiting);
    } finally {
      this.#free(batch);
    }
  }

  /** Where the storage area fails, the search goes on, and taking in waits longer and longer. */
  #judge(ends: readonly IntakeEnd[]): void {
    const failed = ends.find((one) => one.end === 'trouble');
    const { log, onTrouble } = this.#options;
    if (failed) {
      const reason = `the storage area fails: ${failed.reason}`;
      if (this.#troubles++ === 0) log.error({ reason: failed.reason }, 'the storage area fails');
      onTrouble(reason);
    } else {
      if (this.#troubles > 0) log.info({}, 'files are taken in again');
      this.#troubles = 0;
      onTrouble(undefined);
    }
  }

  async #pause(): Promise<void> {
    const last = RETRY_DELAYS_MS.length - 1;
    const delay_ms = RETRY_DELAYS_MS[Math.min(this.#troubles - 1, last)];
    if (delay_ms === undefined) return;
    await this.#options.clock.sleep(delay_ms, this.#stopping.signal).catch(() => {});
  }

  #end({ waiting, file }: Identified, result: IntakeEnd): void {
    const { asides, log } = this.#options;
    const { path } = waiting;
    if (result.end === 'again') {
      this.#options.waiting.add({ ...waiting, version: undefined }, result.delay_ms);
    } else if (result.end === 'trouble') {
      this.#options.waiting.add(waiting, TROUBLE_DELAY_MS);
    } else if (result.end === 'aside') {
      asides.set(result.aside);
      const told = this.#tellLater(waiting);
      if (result.retry) this.#retry(told);
    } else {
      if (result.end === 'recorded') this.#recorded++;
      log.debug({ path, checksum: file.checksum.slice(0, 16) }, result.end);
      if (result.end === 'tracked') log.info({ path }, 'a file that is on record came again');
      asides.clear(path);
      waiting.onEnd?.();
    }
  }

  #retry(file: UnsettledFile): void {
    const last = RETRY_DELAYS_MS.length - 1;
    const delay_ms = RETRY_DELAYS_MS[Math.min(file.attempts, last)] ?? 0;
    this.#options.waiting.add({ ...file, attempts: file.attempts + 1 }, delay_ms);
  }

  #free(batch: readonly UnsettledFile[]): void {
    for (const { path } of batch) {
      const again = this.#inFlight.get(path);
      this.#inFlight.delete(path);
      if (!again) continue;
      const { version, onEnd } = again;
      const delay_ms = version ? this.#options.settle_ms : 0;
      this.#options.waiting.add({ path, version, onEnd, attempts: 0 }, delay_ms);
    }
  }

  /** One file that can't be taken must not hold up the log that names it beside others. */
  #tellLater(file: UnsettledFile): UnsettledFile {
    if (file.onEnd) this.#toldLater.push(file.onEnd);
    return { ...file, onEnd: undefined };
  }

  async #writeAsides(): Promise<void> {
    const told = this.#toldLater.splice(0);
    try {
      await this.#options.asides.flush();
    } catch (error) {
      this.#toldLater.unshift(...told);
      throw error;
    }
    for (const onEnd of told) onEnd();
  }

  async #flushAsides(): Promise<void> {
    try {
      await this.#writeAsides();
    } catch (error) {
      if (this.#stopped) return;
      this.#options.log.error({ reason: describeError(error) }, 'reasons could not be recorded');
    }
  }
}
