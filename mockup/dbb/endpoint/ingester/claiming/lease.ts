// The lease of this process: one document that all its claims refer to. It is renewed while files
// are in its hands, and at rest once a minute.

import { holderId, type IngestHolder } from '../../../../core/dbb/ingest-holder.ts';
import { describeError } from '../../../../core/errors.ts';
import { formatTimestamp } from '../../../../core/timestamps.ts';
import type { Clock } from '../../../../platform/clock/clock.ts';
import { ConflictError, type Database } from '../../../../platform/couch/database.ts';
import type { Logger } from '../../../../platform/log/logger.ts';

export interface ProcessIdentity {
  host: string;
  machine: string;
  pid: number;
  /** Told from all other processes, also from later ones with the same pid. */
  instance: string;
}

export interface LeaseOptions {
  events: Database;
  clock: Clock;
  log: Logger;
  self: ProcessIdentity;
  lease_s: number;
  /** The database is there: nothing is written before. */
  prepared: Promise<void>;
}

const REST_AFTER_MS = 2000;
/** At rest: `status` takes a process for dead that gave none for three of them. */
const SIGN_OF_LIFE_MS = 60_000;

export class IngesterLease {
  readonly #options: LeaseOptions;
  readonly #started: string;
  #document: IngestHolder;
  #written_ms = Number.NEGATIVE_INFINITY;
  #writing: Promise<void>;
  #cancelTimer: (() => void) | undefined;
  #cancelRest: (() => void) | undefined;
  #over = false;
  #wasLost = false;

  constructor(options: LeaseOptions) {
    const { self, lease_s, clock, prepared } = options;
    this.#options = options;
    this.#writing = prepared;
    this.#started = formatTimestamp(clock.now());
    this.#document = {
      _id: holderId(self.instance),
      type: 'endpoint-holder',
      ...self,
      workers: [],
      started: this.#started,
      lease_s,
      renewals: 0,
      working: false,
      trouble: null,
      seen: this.#started,
    };
  }

  /** False where others may have taken over what is in flight: it was lost, or not renewed in time. */
  get isSure(): boolean {
    const age_ms = this.#options.clock.monotonic() - this.#written_ms;
    return !this.#wasLost && age_ms < this.#options.lease_s * 1000;
  }

  renew(): Promise<void> {
    return this.#write({});
  }

  /** Before files are claimed: resolves when others know that this process works. */
  async take(): Promise<void> {
    this.#cancelRest?.();
    this.#cancelRest = undefined;
    const age_ms = this.#options.clock.monotonic() - this.#written_ms;
    if (this.#document.working && age_ms < (this.#options.lease_s * 1000) / 2) return;
    await this.#write({ working: true });
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#schedule();
  }

  /** Nothing is in its hands any more; where that stays so, others are told. */
  rest(): void {
    if (!this.#document.working || this.#over) return;
    this.#cancelRest ??= this.#options.clock.timer(REST_AFTER_MS, () => {
      this.#cancelRest = undefined;
      this.#cancelTimer?.();
      this.#cancelTimer = undefined;
      void this.#write({ working: false }).catch((error) => this.#warn(error));
      this.#schedule();
    });
  }

  /** Plugin processes: an attempt of this process is over when they are gone too. */
  async setWorkers(workers: readonly number[]): Promise<void> {
    await this.#write({ workers: [...workers] });
    this.#schedule();
  }

  /** Why nothing goes through, for `status`; undefined when it is over. */
  async tell(trouble: string | undefined): Promise<void> {
    await this.#write({ trouble: trouble ?? null }).catch((error) => this.#warn(error));
  }

  /** All is given back: the document goes. */
  async end(): Promise<void> {
    this.#over = true;
    this.#cancelTimer?.();
    this.#cancelRest?.();
    await this.#writing.catch(() => {});
    const { _id, _rev } = this.#document;
    if (_rev === undefined) return;
    await this.#options.events.bulk([{ _id, _rev, _deleted: true }]);
  }

  #schedule(): void {
    if (this.#over) return;
    const isWorking = this.#document.working;
    const delay_ms = isWorking ? (this.#options.lease_s * 1000) / 3 : SIGN_OF_LIFE_MS;
    this.#cancelTimer ??= this.#options.clock.timer(delay_ms, () => {
      this.#cancelTimer = undefined;
      void this.#write({}).catch((error) => this.#warn(error));
      this.#schedule();
    });
  }

  #write(changes: Partial<IngestHolder>): Promise<void> {
    const written = this.#writing.catch(() => {}).then(() => this.#writeNow(changes));
    this.#writing = written;
    return written;
  }

  async #writeNow(changes: Partial<IngestHolder>): Promise<void> {
    if (this.#over) return;
    const { events, clock, log } = this.#options;
    const renewals = this.#document.renewals + 1;
    const seen = formatTimestamp(clock.now());
    this.#document = { ...this.#document, ...changes, renewals, seen };
    let isByMajority = true;
    try {
      isByMajority = await this.#put();
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      // Somebody took this process for dead, and removed it: what was in flight has been taken over.
      this.#wasLost = true;
      log.warn({}, 'the lease was lost; files in flight may be tried by another process');
      const { _rev: _lost, ...fresh } = this.#document;
      const current = await events.get(fresh._id);
      this.#document = { ...fresh, ...(current && { _rev: current._rev }) };
      isByMajority = await this.#put();
    }
    // On a cluster: others may not see what too few copies took.
    if (isByMajority) this.#written_ms = clock.monotonic();
  }

  /** True where a majority has it. Throws ConflictError. */
  async #put(): Promise<boolean> {
    const { events } = this.#options;
    const [result] = await events.bulk([this.#document]);
    if (result?.ok) {
      this.#document._rev = result.rev;
      return result.accepted !== true;
    }
    // The same refusal as an error.
    this.#document._rev = await events.put(this.#document);
    return true;
  }

  #warn(error: unknown): void {
    this.#options.log.warn({ reason: describeError(error) }, 'the lease could not be renewed');
  }
}
