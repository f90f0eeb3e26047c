// One batch on its way: sent, checked against the buffer again, verified and moved at the
// endpoint, and noted in its journal. And what to make of a batch of which nobody knows how far it
// came. What is to happen to the files that did not arrive is for the porter to decide.

import type { StepTimes } from '../../../core/dbb/batch-record.ts';
import { isSameVersion } from '../../../core/dbb/file-version.ts';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { FileWork } from '../../holding/file-work.ts';
import type { HandoffConfiguration } from '../configuration.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import { type EndpointError, failureOf } from '../endpoint/failures.ts';
import { DELIVERY_COST_MAX, type DeliveryFile, deliveryCost } from '../endpoint/remote-scripts.ts';
import { type Batch, type BatchFile, bytesOf, noteArrived, pathsOf } from '../queue/batch.ts';
import type { Pacing } from './pacing.ts';

export interface NotArrived {
  one: BatchFile;
  reason: string;
  /** Where the endpoint or the way there, and not the file, is why. */
  cause?: EndpointError | undefined;
}

/** Not what was found any more: changed or vanished; `code` where it can't be read. */
export interface Changed {
  one: BatchFile;
  code?: string | undefined;
}

/** Every file of the batch that was open is in one of these. */
export interface ShipResult {
  arrived: BatchFile[];
  notArrived: NotArrived[];
  changed: Changed[];
}

export interface ShipmentInputs {
  clock: Clock;
  work: FileWork;
  endpoint: Endpoint;
  pacing: Pacing;
  configuration: HandoffConfiguration;
  buffer: string;
  managerId: string;
}

/** Attempts to deliver what is as expected while some of it is not. */
const DELIVERY_ROUNDS = 3;

let fences = 0;

export class Shipment {
  readonly #inputs: ShipmentInputs;
  readonly #batch: Batch;
  readonly #result: ShipResult = { arrived: [], notArrived: [], changed: [] };
  /** Files of which nothing is known yet. */
  readonly #open: Set<BatchFile>;

  constructor(inputs: ShipmentInputs, batch: Batch) {
    this.#inputs = inputs;
    this.#batch = batch;
    this.#open = new Set(batch.files.filter(({ state }) => state === 'sent'));
  }

  /** Throws EndpointError where it is not known how far it came: then it must be resolved. */
  async ship(inTurn: <T>(work: () => Promise<T>) => Promise<T>): Promise<ShipResult> {
    const { endpoint, pacing } = this.#inputs;
    const { id, files } = this.#batch;
    const paths = files.map(({ file }) => file.version.path);
    const partials = files.flatMap(({ file }) =>
      file.partialIn ? [{ batch: file.partialIn, path: file.version.path }] : [],
    );
    const unprepared = await failureOf(
      this.#timed('pre', async () => {
        await endpoint.makeDirectories(id, paths);
        await endpoint.takePartials(id, partials);
      }),
    );
    if (unprepared) {
      if (unprepared.unreachable) throw unprepared;
      // One directory that can't be made there must not hold up all others for ever.
      this.#batch.failure = unprepared;
      return this.resolve(unprepared);
    }
    const checksums = this.#checksums(files);
    checksums.catch(() => {});
    const resume = partials.length > 0;
    const failure = await failureOf(
      inTurn(async () => {
        if (!endpoint.sendsInBulk) await pacing.wait(bytesOf(files));
        await this.#timed('transfer', () => endpoint.send(id, paths, { resume }));
      }),
    );
    await checksums;
    if (failure) {
      this.#batch.failure = failure;
      return this.resolve(failure);
    }
    await this.#timed('post', () => this.#deliver(endpoint.directoryOf(id), [...this.#open]));
    return this.#result;
  }

  /**
   * Finds out what has arrived, and completes what can be completed. Throws EndpointError where the
   * endpoint fails: it can be tried again.
   */
  async resolve(cause?: EndpointError): Promise<ShipResult> {
    const { endpoint, managerId, clock } = this.#inputs;
    const fence = `${managerId}${Math.round(clock.now()).toString(36)}${fences++}`;
    const open = [...this.#open];
    const { directory, marked, sizes, delivered } = await endpoint.fence(
      this.#batch.id,
      fence,
      pathsOf(open),
    );
    const sizeThere = new Map(open.map((one, at) => [one, delivered[at]]));
    if (directory === undefined) {
      if (this.#batch.recovered) await this.#lookUp(open, sizeThere);
    } else {
      const absent = open.filter((_, at) => sizes[at] === '-');
      const moved = absent.filter(({ number }) => marked.has(number));
      await this.#checksumsOfMoved(moved);
      await this.#arrived(moved);
      // Without a mark (there was no room for one) only the buffer can tell.
      await this.#lookUp(this.#stillOpen(absent), sizeThere);
      const complete = open.filter((one, at) => {
        const sure = endpoint.writesInOrder || marked.has(one.number);
        return sure && sizes[at] === String(one.file.version.size_bytes);
      });
      if (complete.length > 0) {
        await this.#checksums(complete);
        await this.#deliver(directory, this.#stillOpen(complete));
      }
    }
    const reason = cause?.message ?? 'the transfer was cut off';
    for (const one of this.#open) this.#notArrived(one, reason, cause);
    return this.#result;
  }

  /** Nothing is left in the staging area: is it in the buffer already? */
  async #lookUp(
    open: readonly BatchFile[],
    sizes: ReadonlyMap<BatchFile, string | undefined>,
  ): Promise<void> {
    const { endpoint } = this.#inputs;
    const alike = open.filter((one) => sizes.get(one) === String(one.file.version.size_bytes));
    if (alike.length === 0 || !endpoint.hasChecksums) return;
    await this.#checksums(alike);
    const known = this.#stillOpen(alike);
    // What can't be read here is known to have changed by now.
    if (known.length === 0) return;
    const there = await endpoint.inspect('buffer', 'checksum', pathsOf(known));
    const same = known.filter((one, at) => one.checksum && one.checksum === there[at]);
    await this.#arrived(await this.#stillAsFound(same));
  }

  /** By as many as one command can name: with checksums, or settings that changed since. */
  async #deliver(directory: string, files: readonly BatchFile[]): Promise<void> {
    let some: BatchFile[] = [];
    let cost = 0;
    for (const one of await this.#stillAsFound(files)) {
      const more = deliveryCost(this.#expectation(one));
      if (cost + more > DELIVERY_COST_MAX) {
        await this.#deliverSome(directory, some);
        some = [];
        cost = 0;
      }
      some.push(one);
      cost += more;
    }
    await this.#deliverSome(directory, some);
  }

  async #deliverSome(directory: string, files: BatchFile[]): Promise<void> {
    const { endpoint } = this.#inputs;
    let open = files;
    for (let round = 1; open.length > 0; round++) {
      const result = await endpoint.deliver(
        this.#batch.id,
        directory,
        open.map(this.#expectation),
      );
      if ('differs' in result) {
        open = await this.#asExpected(directory, open, round);
        continue;
      }
      const { refused } = result;
      await this.#arrived(open.filter(({ number }) => !result.left.has(number)));
      for (const one of open.filter(({ number }) => result.left.has(number))) {
        if (refused) this.#batch.failure ??= refused;
        this.#notArrived(one, refused?.message ?? 'it can’t be moved into the buffer there');
      }
      return;
    }
  }

  /** Those that are in the staging area as they should be; the others did not arrive. */
  async #asExpected(
    directory: string,
    files: readonly BatchFile[],
    round: number,
  ): Promise<BatchFile[]> {
    const { endpoint, configuration } = this.#inputs;
    const { verify } = configuration.endpoint;
    const what = verify === 'checksum' ? 'checksum' : 'size';
    const found = await endpoint.inspect(directory, what, pathsOf(files));
    const isGood = (one: BatchFile, at: number) =>
      verify === 'none'
        ? !['-', '?'].includes(found[at] ?? '-')
        : found[at] === this.#expectation(one).expected;
    const bad = files.filter((one, at) => !isGood(one, at) || round >= DELIVERY_ROUNDS);
    for (const one of bad) {
      const came = found[files.indexOf(one)] ?? '-';
      const { failure } = this.#batch;
      if (came === '-') {
        const why = failure?.message ?? 'the transfer command left it out';
        this.#notArrived(one, `not sent: ${why}`);
      } else if (came === '?') this.#notArrived(one, 'it can’t be looked at in the staging area');
      else this.#notArrived(one, `arrived with another ${what} (${came.slice(0, 20)})`);
    }
    return files.filter((one) => !bad.includes(one));
  }

  #expectation = (one: BatchFile): DeliveryFile => {
    const { verify } = this.#inputs.configuration.endpoint;
    const size = String(one.file.version.size_bytes);
    const expected = verify === 'checksum' ? (one.checksum ?? '') : size;
    return { number: one.number, path: one.file.version.path, expected };
  };

  /** Those whose content in the buffer is still what was found. */
  async #stillAsFound(files: readonly BatchFile[]): Promise<BatchFile[]> {
    const { work, buffer } = this.#inputs;
    const now = await work.lookAt(buffer, pathsOf(files));
    for (const [at, one] of files.entries()) {
      const { version, code } = now[at] ?? {};
      if (code !== undefined && !version) this.#changed(one, code);
      else if (!version || !isSameVersion(version, one.file.version)) this.#changed(one);
    }
    return this.#stillOpen(files);
  }

  /** Computed while the files are on their way. */
  async #checksums(files: readonly BatchFile[]): Promise<void> {
    const { work, buffer } = this.#inputs;
    const missing = files.filter((one) => !one.checksum && this.#open.has(one));
    const results = await work.checksums(buffer, pathsOf(missing));
    for (const [at, one] of missing.entries()) {
      const result = results[at];
      if (result && 'checksum' in result) one.checksum = result.checksum;
      else this.#changed(one, result?.code);
    }
  }

  /** For the record alone: where the file in the buffer is another by now, nobody knows it. */
  async #checksumsOfMoved(files: readonly BatchFile[]): Promise<void> {
    const { work, buffer } = this.#inputs;
    const results = await work.checksums(buffer, pathsOf(files));
    const now = await work.lookAt(buffer, pathsOf(files));
    for (const [at, one] of files.entries()) {
      const [result, version] = [results[at], now[at]?.version];
      const same = version && isSameVersion(version, one.file.version);
      if (same && result && 'checksum' in result) one.checksum = result.checksum;
    }
  }

  async #arrived(files: readonly BatchFile[]): Promise<void> {
    await noteArrived(this.#batch, files, this.#inputs.clock.now());
    for (const one of files) this.#open.delete(one);
    this.#result.arrived.push(...files);
  }

  #notArrived(one: BatchFile, reason: string, cause?: EndpointError): void {
    this.#open.delete(one);
    this.#result.notArrived.push({ one, reason, cause });
  }

  #changed(one: BatchFile, code?: string): void {
    this.#open.delete(one);
    this.#result.changed.push({ one, code });
  }

  #stillOpen(files: readonly BatchFile[]): BatchFile[] {
    return files.filter((one) => this.#open.has(one));
  }

  async #timed<T>(step: 'pre' | 'transfer' | 'post', work: () => Promise<T>): Promise<T> {
    const { clock } = this.#inputs;
    const times: StepTimes = { start_ms: clock.now(), duration_ms: 0 };
    const since_ms = clock.monotonic();
    this.#batch[step] = times;
    try {
      return await work();
    } finally {
      times.duration_ms = clock.monotonic() - since_ms;
    }
  }
}
