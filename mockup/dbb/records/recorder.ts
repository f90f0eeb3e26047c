// Writes records to CouchDB in the background, many at a time. What is written again before its
// turn came is written once. While the server is away everything waits; nothing that moves files
// ever waits for a record.

import { describeError, isRetriable } from '../../core/errors.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import {
  type Database,
  DatabaseUnavailableError,
  type Stored,
  type Writable,
  type WriteResult,
} from '../../platform/couch/database.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { Random } from '../../platform/random/random.ts';
import { firstOf } from './first-of.ts';
import { isRefusal, Refusals } from './refusals.ts';

export interface RecorderOptions<Doc extends Writable> {
  database: Database;
  /** Makes the database where it is missing; called before the first write of a connection. */
  prepare(): Promise<void>;
  clock: Clock;
  random: Random;
  log: Logger;
  /** What to write where there is a document of that id already. */
  merge(existing: Stored<Doc>, ours: Doc): Doc;
  /** False where the document will not be written again: its revision need not be kept. */
  isOpen(doc: Doc): boolean;
  /** Called after each write. */
  afterWrite?(): void;
}

interface Pending<Doc> {
  make: () => Doc;
  written: (() => void)[];
}

/** What a write carries, and who waits for that. */
interface Writing<Doc> {
  id: string;
  entry: Pending<Doc>;
  doc: Doc;
  written: (() => void)[];
}

const BULK = 500;
/** Changes within this time are written together, and a record that changes twice once. */
const GATHER_MS = 300;
const RETRY_FIRST_MS = 500;
const RETRY_LONGEST_MS = 15_000;

export class Recorder<Doc extends Writable> {
  readonly #options: RecorderOptions<Doc>;
  readonly #pending = new Map<string, Pending<Doc>>();
  readonly #revs = new Map<string, string>();
  readonly #inFlight = new Set<string>();
  readonly #stopping = new AbortController();
  #writing: Promise<void> | undefined;
  #prepared = false;
  #failures = 0;
  #error: string | undefined;
  readonly #refusals = new Refusals();
  #gathering: AbortController | undefined;
  #idle: (() => void)[] = [];

  constructor(options: RecorderOptions<Doc>) {
    this.#options = options;
  }

  /** Records that wait. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Why nothing is written at the moment; undefined while all is well. */
  get error(): string | undefined {
    return this.#error ?? this.#refusals.summary;
  }

  /** `make` is called when the record is written; `written` when it, or a later one, is there. */
  put(id: string, make: () => Doc, written?: () => void): void {
    const before = this.#pending.get(id);
    const callbacks = before?.written ?? [];
    if (written) callbacks.push(written);
    this.#pending.set(id, { make, written: callbacks });
    this.#wake();
  }

  /** True where no document of that id was written (or is just now) or read, as far as is known. */
  isUnwritten(id: string): boolean {
    return !this.#revs.has(id) && !this.#inFlight.has(id);
  }

  isPending(id: string): boolean {
    return this.#pending.has(id);
  }

  /** Takes back what was not written yet, because somebody else keeps it. */
  withdraw(id: string): void {
    this.#pending.delete(id);
  }

  /** A revision that was read elsewhere. */
  knows(id: string, rev: string): void {
    this.#revs.set(id, rev);
  }

  /** Nothing more is to be expected soon: writes what there is now. */
  writeSoon(): void {
    this.#gathering?.abort();
  }

  /** Resolves when all is written, or the time is over. */
  async flush(limit_ms: number): Promise<void> {
    if (this.#pending.size === 0) return;
    this.writeSoon();
    const { clock } = this.#options;
    await new Promise<void>((resolve) => {
      const cancel = clock.timer(limit_ms, resolve);
      this.#idle.push(() => {
        cancel();
        resolve();
      });
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('stopped'));
    await this.#writing;
  }

  #wake(): void {
    if (this.#stopping.signal.aborted) return;
    this.#writing ??= this.#run().finally(() => {
      this.#writing = undefined;
      if (this.#pending.size > 0) this.#wake();
    });
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { clock } = this.#options;
    this.#gathering = new AbortController();
    const gathered = AbortSignal.any([signal, this.#gathering.signal]);
    await clock.sleep(GATHER_MS, gathered).catch(() => {});
    while (this.#pending.size > 0 && !signal.aborted) {
      try {
        if (!this.#prepared) await this.#options.prepare();
        this.#prepared = true;
        await this.#writeSome();
        this.#options.afterWrite?.();
        this.#report(undefined);
      } catch (error) {
        this.#prepared = false;
        this.#report(error);
        await clock.sleep(this.#delay_ms(), signal).catch(() => {});
      }
    }
    if (this.#pending.size > 0) return;
    for (const callback of this.#idle.splice(0)) callback();
  }

  async #writeSome(): Promise<void> {
    const entries = firstOf(this.#pending, BULK).map(([id, entry]): Writing<Doc> => {
      const doc = this.#withRev(entry.make());
      // Whoever comes from now on, for a record that is not in this write, waits for the next.
      return { id, entry, doc, written: entry.written.splice(0) };
    });
    for (const { id } of entries) this.#inFlight.add(id);
    try {
      await this.#write(entries);
    } finally {
      this.#inFlight.clear();
      for (const { entry, written } of entries) entry.written.unshift(...written);
    }
  }

  async #write(entries: readonly Writing<Doc>[]): Promise<void> {
    let results: WriteResult[];
    try {
      results = await this.#options.database.bulk(entries.map(({ doc }) => doc));
    } catch (error) {
      if (isRetriable(error) || error instanceof DatabaseUnavailableError) throw error;
      return this.#writeApart(entries, error);
    }
    const conflicts: Writing<Doc>[] = [];
    let failure: Error | undefined;
    for (const [index, entry] of entries.entries()) {
      const result = results[index];
      if (result?.ok) this.#written(entry, result.rev);
      else if (result?.error === 'conflict') conflicts.push(entry);
      else failure ??= this.#notTaken(entry, result);
    }
    if (conflicts.length > 0) await this.#settle(conflicts);
    if (failure) throw failure;
  }

  /** One record that the server refuses must not keep all others from it. */
  async #writeApart(entries: readonly Writing<Doc>[], error: unknown): Promise<void> {
    const [first] = entries;
    // A database that is missing, or closed to this user, is none of a record's faults.
    const isOfRecord = /\b400\b|\b413\b/.test(describeError(error));
    if (!first || !isOfRecord) throw error;
    if (entries.length === 1) {
      const result: WriteResult = {
        ...{ ok: false, id: first.id },
        ...{ error: 'refused', reason: describeError(error) },
      };
      this.#refused(first, result);
      return;
    }
    const half = Math.ceil(entries.length / 2);
    await this.#write(entries.slice(0, half));
    await this.#write(entries.slice(half));
  }

  /** Somebody wrote these before: an earlier run of this manager, as a rule. */
  async #settle(entries: readonly Writing<Doc>[]): Promise<void> {
    const { database, merge } = this.#options;
    const found = await database.getMany<Doc>(entries.map(({ id }) => id));
    const merged = entries.map((entry, index) => {
      const lookup = found[index];
      if (!lookup || !('doc' in lookup)) {
        const { _rev, ...fresh } = entry.doc;
        return { ...entry, doc: fresh as Doc };
      }
      const doc = { ...merge(lookup.doc, entry.doc), _rev: lookup.doc._rev };
      return { ...entry, doc };
    });
    const results = await database.bulk(merged.map(({ doc }) => doc));
    let failure: Error | undefined;
    for (const [index, entry] of merged.entries()) {
      const result = results[index];
      // Another conflict: it stays, and is read again.
      if (result?.ok) this.#written(entry, result.rev);
      else if (result && result.error !== 'conflict') failure ??= this.#notTaken(entry, result);
      else this.#revs.delete(entry.id);
    }
    if (failure) throw failure;
  }

  #written({ id, entry, doc, written }: Writing<Doc>, rev: string): void {
    // What changed while it was written stays for the next round.
    if (this.#pending.get(id) === entry) this.#pending.delete(id);
    if (this.#options.isOpen(doc)) this.#revs.set(id, rev);
    else this.#revs.delete(id);
    this.#refusals.delete(id);
    for (const callback of written.splice(0)) callback();
  }

  /** What went wrong in the server (too slow, a node away) goes right another time. */
  #notTaken(entry: Writing<Doc>, result: WriteResult | undefined): Error | undefined {
    if (isRefusal(result)) {
      this.#refused(entry, result);
      return undefined;
    }
    return new Error(`${entry.id} was not written: ${result?.ok === false && result.error}`);
  }

  /**
   * The server takes this one never (too large, forbidden): the others must not wait for it. Whoever
   * waits for it is not told that it is there: the journal stays, for another run.
   */
  #refused({ id, entry, written }: Writing<Doc>, result?: WriteResult): void {
    this.#options.log.error({ id, result }, 'CouchDB refuses a record');
    if (this.#pending.get(id) === entry) this.#pending.delete(id);
    this.#refusals.add(id, result);
    written.length = 0;
  }

  #withRev(doc: Doc): Doc {
    const rev = this.#revs.get(doc._id);
    return rev === undefined ? doc : { ...doc, _rev: rev };
  }

  #report(error: unknown): void {
    const { log } = this.#options;
    if (error === undefined) {
      if (this.#failures > 0) log.info({ waiting: this.pending }, 'CouchDB is back');
      this.#failures = 0;
      this.#error = undefined;
      return;
    }
    this.#error = describeError(error);
    if (this.#failures++ > 0) return;
    const fields = { reason: this.#error, waiting: this.pending };
    if (error instanceof DatabaseUnavailableError) {
      log.warn(fields, 'CouchDB is away; files go on, their records follow');
    } else log.error(fields, 'records can’t be written; files go on');
  }

  #delay_ms(): number {
    const full_ms = RETRY_FIRST_MS * 2 ** Math.min(this.#failures, 10);
    return Math.min(full_ms, RETRY_LONGEST_MS) * (0.5 + this.#options.random.next() / 2);
  }
}
