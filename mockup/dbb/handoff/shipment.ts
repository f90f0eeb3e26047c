// One batch on its way: sent, checked against the buffer again, verified and moved at the
// endpoint, noted in its journal, and given to the mover. And what to make of a batch of which
// nobody knows how far it came.

import type { StepTimes } from '../../core/dbb/batch-record.ts';
import { isSameVersion } from '../../core/dbb/file-version.ts';
import { type Batch, type BatchFile, filesIn, noteArrived } from './batch.ts';
import type { EndpointError } from './failures.ts';
import { Pacing } from './pacing.ts';
import type { HandoffParts } from './parts.ts';
import { DELIVERY_COST_MAX, type DeliveryFile, deliveryCost } from './remote-scripts.ts';

export interface Outcomes {
  /** These did not arrive; `cause` where the endpoint, and not the file, is why. */
  notArrived(batch: Batch, files: BatchFile[], reason: string, cause?: unknown): Promise<void>;
  /** These are not what was found any more: changed, vanished, or unreadable (a system's code). */
  notAsFound(batch: Batch, files: BatchFile[], code: string | undefined): Promise<void>;
}

/** Attempts to deliver what is as expected while some of it is not. */
const DELIVERY_ROUNDS = 3;

export class Shipment {
  readonly #parts: HandoffParts;
  readonly #outcomes: Outcomes;
  readonly #pacing: Pacing;
  #fences = 0;

  constructor(parts: HandoffParts, outcomes: Outcomes) {
    this.#parts = parts;
    this.#outcomes = outcomes;
    this.#pacing = new Pacing(parts.clock, parts.configuration.general.rate_limit);
  }

  /**
   * Sends a batch. Throws EndpointError where it is not known how far it came: then it must be
   * resolved.
   */
  async send(batch: Batch, inTurn: <T>(work: () => Promise<T>) => Promise<T>): Promise<void> {
    const { endpoint } = this.#parts;
    const paths = batch.files.map(({ file }) => file.version.path);
    const unprepared = await this.#timed(batch, 'pre', () =>
      endpoint.makeDirectories(batch.id, paths),
    ).then(
      () => undefined,
      (error: EndpointError) => error,
    );
    if (unprepared) {
      if (unprepared.unreachable) throw unprepared;
      // One directory that can't be made there must not hold up all others for ever.
      batch.failure = unprepared;
      return this.resolve(batch, unprepared);
    }
    const checksums = this.#checksums(batch);
    checksums.catch(() => {});
    const failure = await inTurn(async () => {
      if (!endpoint.sendsInBulk) await this.#pacing.wait(bytesOf(batch.files));
      await this.#timed(batch, 'transfer', () => endpoint.send(batch.id, paths));
    }).then(
      () => undefined,
      (error: EndpointError) => error,
    );
    await checksums;
    if (failure) {
      batch.failure = failure;
      await this.resolve(batch, failure);
    } else {
      const directory = endpoint.directoryOf(batch.id);
      await this.#timed(batch, 'post', () => this.#deliver(batch, directory, unsent(batch)));
    }
  }

  /**
   * Finds out what has arrived of a batch, completes what can be completed, and gives back the
   * rest. Throws EndpointError where the endpoint fails: it can be called again.
   */
  async resolve(batch: Batch, cause?: EndpointError): Promise<void> {
    const { endpoint, managerId, clock } = this.#parts;
    const fence = `${managerId}${Math.round(clock.now()).toString(36)}${this.#fences++}`;
    const { directory, marked } = await endpoint.fence(batch.id, fence);
    const open = unsent(batch);
    if (directory === undefined) {
      if (batch.recovered) await this.#lookUp(batch, open);
    } else {
      const paths = open.map(({ file }) => file.version.path);
      const sizes = await endpoint.inspect(directory, 'size', paths);
      const moved = open.filter((one, at) => sizes[at] === '-' && marked.has(one.number));
      await this.#checksumsOfMoved(moved);
      await this.#arrived(batch, moved);
      const complete = open.filter((one, at) => {
        const sure = endpoint.writesInOrder || marked.has(one.number);
        return sure && sizes[at] === String(one.file.version.size_bytes);
      });
      if (complete.length > 0) {
        await this.#checksums(batch, complete);
        await this.#deliver(batch, directory, complete);
      }
    }
    const rest = unsent(batch);
    const reason = cause?.message ?? 'the transfer was cut off';
    if (rest.length > 0) await this.#outcomes.notArrived(batch, rest, reason, cause);
  }

  /** After a crash, where nothing is left in the staging area: is it in the buffer already? */
  async #lookUp(batch: Batch, open: readonly BatchFile[]): Promise<void> {
    const { endpoint } = this.#parts;
    if (open.length === 0 || !endpoint.hasChecksums) return;
    const paths = open.map(({ file }) => file.version.path);
    const sizes = await endpoint.inspect('buffer', 'size', paths);
    const alike = open.filter((one, at) => sizes[at] === String(one.file.version.size_bytes));
    if (alike.length === 0) return;
    await this.#checksums(batch, alike);
    const there = await endpoint.inspect(
      'buffer',
      'checksum',
      alike.map(({ file }) => file.version.path),
    );
    const same = alike.filter((one, at) => one.checksum && one.checksum === there[at]);
    await this.#arrived(batch, await this.#stillAsFound(batch, same));
  }

  /** By as many as one command can name: with checksums, or settings that changed since. */
  async #deliver(batch: Batch, directory: string, files: readonly BatchFile[]): Promise<void> {
    let some: BatchFile[] = [];
    let cost = 0;
    for (const one of await this.#stillAsFound(batch, files)) {
      const more = deliveryCost(this.#expectation(one));
      if (cost + more > DELIVERY_COST_MAX) {
        await this.#deliverSome(batch, directory, some);
        some = [];
        cost = 0;
      }
      some.push(one);
      cost += more;
    }
    await this.#deliverSome(batch, directory, some);
  }

  async #deliverSome(batch: Batch, directory: string, files: BatchFile[]): Promise<void> {
    const { endpoint } = this.#parts;
    let open = files;
    for (let round = 1; open.length > 0; round++) {
      const result = await endpoint.deliver(batch.id, directory, open.map(this.#expectation));
      if ('differs' in result) {
        open = await this.#asExpected(batch, directory, open, round);
        continue;
      }
      const left = open.filter(({ number }) => result.left.has(number));
      await this.#arrived(
        batch,
        open.filter(({ number }) => !result.left.has(number)),
      );
      const reason = `can't be moved into the endpoint's buffer: ${result.messages}`;
      if (left.length > 0) await this.#outcomes.notArrived(batch, left, reason);
      return;
    }
  }

  /** Those that are in the staging area as they should be; the others are given back. */
  async #asExpected(
    batch: Batch,
    directory: string,
    files: readonly BatchFile[],
    round: number,
  ): Promise<BatchFile[]> {
    const { endpoint, configuration } = this.#parts;
    const what = configuration.endpoint.verify === 'checksum' ? 'checksum' : 'size';
    const paths = files.map(({ file }) => file.version.path);
    const found = await endpoint.inspect(directory, what, paths);
    const isGood = (one: BatchFile, at: number) =>
      configuration.endpoint.verify === 'none'
        ? found[at] !== '-'
        : found[at] === this.#expectation(one).expected;
    const bad = files.filter((one, at) => !isGood(one, at) || round >= DELIVERY_ROUNDS);
    for (const one of bad) {
      const came = found[files.indexOf(one)] ?? '-';
      const reason =
        came === '-'
          ? `not sent: ${batch.failure?.message ?? 'the transfer command left it out'}`
          : `arrived with another ${what} (${came.slice(0, 20)})`;
      await this.#outcomes.notArrived(batch, [one], reason);
    }
    return files.filter((one) => !bad.includes(one));
  }

  #expectation = (one: BatchFile): DeliveryFile => {
    const { verify } = this.#parts.configuration.endpoint;
    const size = String(one.file.version.size_bytes);
    const expected = verify === 'checksum' ? (one.checksum ?? '') : size;
    return { number: one.number, path: one.file.version.path, expected };
  };

  /** Those whose content in the buffer is still what was found; the others are given back. */
  async #stillAsFound(batch: Batch, files: readonly BatchFile[]): Promise<BatchFile[]> {
    const { work, buffer } = this.#parts;
    const now = await work.lookAt(
      buffer,
      files.map(({ file }) => file.version.path),
    );
    const changed = files.filter((one, at) => {
      const version = now[at];
      return !version || !isSameVersion(version, one.file.version);
    });
    if (changed.length > 0) await this.#outcomes.notAsFound(batch, changed, undefined);
    return files.filter((one) => !changed.includes(one));
  }

  /** Computed while the files are on their way; a file that can't be read is given back. */
  async #checksums(batch: Batch, files: readonly BatchFile[] = batch.files): Promise<void> {
    const { work, buffer } = this.#parts;
    const missing = files.filter(({ checksum, state }) => !checksum && state === 'sent');
    const results = await work.checksums(
      buffer,
      missing.map(({ file }) => file.version.path),
    );
    for (const [at, one] of missing.entries()) {
      const result = results[at];
      if (!result) continue;
      if ('checksum' in result) one.checksum = result.checksum;
      else await this.#outcomes.notAsFound(batch, [one], result.code);
    }
  }

  /** For the record alone: where the file in the buffer is another by now, nobody knows it. */
  async #checksumsOfMoved(files: readonly BatchFile[]): Promise<void> {
    const { work, buffer } = this.#parts;
    const paths = files.map(({ file }) => file.version.path);
    const results = await work.checksums(buffer, paths);
    const now = await work.lookAt(buffer, paths);
    for (const [at, one] of files.entries()) {
      const [result, version] = [results[at], now[at]];
      const same = version && isSameVersion(version, one.file.version);
      if (same && result && 'checksum' in result) one.checksum = result.checksum;
    }
  }

  async #arrived(batch: Batch, files: readonly BatchFile[]): Promise<void> {
    const { clock, statistics } = this.#parts;
    await noteArrived(batch, files, clock.now());
    statistics.countArrived(files.length, bytesOf(files));
  }

  async #timed<T>(
    batch: Batch,
    step: 'pre' | 'transfer' | 'post',
    work: () => Promise<T>,
  ): Promise<T> {
    const { clock } = this.#parts;
    const times: StepTimes = { start_ms: clock.now(), duration_ms: 0 };
    const since_ms = clock.monotonic();
    batch[step] = times;
    try {
      return await work();
    } finally {
      times.duration_ms = clock.monotonic() - since_ms;
    }
  }
}

function unsent(batch: Batch): BatchFile[] {
  return filesIn(batch, 'sent');
}

function bytesOf(files: readonly BatchFile[]): number {
  return files.reduce((sum, { file }) => sum + file.version.size_bytes, 0);
}
