// The heartbeat document of a running actor in the `actors` database: who it is, since when, and
// what it is doing. Written at start and stop, soon after a change, and at long intervals, so that
// an idle line costs next to nothing.

import { describeError } from '../../core/errors.ts';
import { formatTimestamp, parseTimestamp } from '../../core/timestamps.ts';
import type { Holder } from '../bus/message.ts';
import type { Clock } from '../clock/clock.ts';
import { ConflictError, type Database, type Stored } from '../couch/database.ts';
import type { Logger } from '../log/logger.ts';
import type { Activity } from './actor.ts';
import { type ActorDocument, readActor } from './actor-document.ts';

const HEARTBEAT_INTERVAL_MS = 15_000;
/** A heartbeat older than this belongs to an actor that is down. */
export const HEARTBEAT_STALE_MS = 3 * HEARTBEAT_INTERVAL_MS;
/** Changes within this time are written together. */
const SETTLE_MS = 2_000;
const SLOT_LIMIT = 100;
const WORK_LIMIT = 20;
const TROUBLE_LENGTH = 1000;
/** Longer than the longest wait between two attempts, so that what lasts is always shown. */
const TROUBLE_MS = 90_000;

export interface HeartbeatOptions {
  actors: Database;
  clock: Clock;
  log: Logger;
  self: Holder;
  host: string;
  version?: string;
  isHolderGone(holder: Holder): boolean;
}

export interface Heartbeat {
  activity: Activity;
  /** Shows what went wrong, for as long as it may still last; says nothing new once over. */
  trouble(text: string): void;
  /** Writes the last document, with state `stopped`. */
  stop(): Promise<void>;
}

export async function startHeartbeat(options: HeartbeatOptions): Promise<Heartbeat> {
  const beat = new Beat(options);
  await beat.start();
  return beat;
}

class Beat implements Heartbeat {
  readonly activity: Activity;
  readonly #options: HeartbeatOptions;
  readonly #work = new Map<symbol, string>();
  readonly #counts: Record<string, number> = {};
  readonly #started: string;
  #id = '';
  #rev: string | undefined;
  #trouble: { text: string; since_ms: number; told: number } | undefined;
  #cancel: () => void = () => {};
  #settling = false;
  #stopped = false;
  #writing: Promise<void> | undefined;
  #isDue = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#started = formatTimestamp(options.clock.now());
    this.activity = {
      begin: (what) => this.#begin(what),
      count: (what) => {
        this.#counts[what] = (this.#counts[what] ?? 0) + 1;
        this.#changed();
      },
    };
  }

  async start(): Promise<void> {
    await this.#takeSlot();
    await this.#write();
    this.#schedule(HEARTBEAT_INTERVAL_MS);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#writing;
    await this.#write();
  }

  trouble(text: string): void {
    const since_ms = this.#options.clock.monotonic();
    const { text: before, told = 0 } = this.#trouble ?? {};
    this.#trouble = { text, since_ms, told: before === text ? told + 1 : 1 };
    // The second time tells that it lasts.
    if (this.#trouble.told <= 2) this.#changed();
  }

  #begin(what: string): () => void {
    const key = Symbol(what);
    this.#work.set(key, what);
    this.#changed();
    return () => {
      if (this.#work.delete(key)) this.#changed();
    };
  }

  #changed(): void {
    if (this.#settling || this.#stopped || this.#id === '') return;
    this.#settling = true;
    this.#cancel();
    this.#schedule(SETTLE_MS);
  }

  #schedule(delay_ms: number): void {
    this.#cancel = this.#options.clock.timer(delay_ms, () => {
      this.#settling = false;
      this.#isDue = true;
      this.#writing ??= this.#writeDue();
      this.#schedule(HEARTBEAT_INTERVAL_MS);
    });
  }

  /** One at a time: while the database is away each would wait for it, and all come at once then. */
  async #writeDue(): Promise<void> {
    while (this.#isDue && !this.#stopped) {
      this.#isDue = false;
      await this.#write();
    }
    this.#writing = undefined;
  }

  /** The first document of this actor's name that no living process uses. */
  async #takeSlot(): Promise<void> {
    const { actors, self } = this.#options;
    for (let slot = 1; slot <= SLOT_LIMIT; slot++) {
      this.#id = `${self.site}.${self.actor}${slot === 1 ? '' : `.${slot}`}`;
      const taken = await actors.get<ActorDocument>(this.#id);
      if (taken && this.#isAlive(taken)) continue;
      this.#rev = taken?._rev;
      return;
    }
  }

  #isAlive(doc: Stored<ActorDocument>): boolean {
    const { clock, isHolderGone } = this.#options;
    const other = readActor(doc);
    // Its own, which it wrote before an outage took the answer.
    if (other?.holder.instance === this.#options.self.instance) return false;
    if (!other || other.state === 'stopped' || isHolderGone(other.holder)) return false;
    return clock.now() - parseTimestamp(other.timestamp) < HEARTBEAT_STALE_MS;
  }

  async #write(): Promise<void> {
    const { actors, log } = this.#options;
    try {
      try {
        this.#rev = await actors.put(this.#document());
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
        // Cleared away by a person, or the slot was taken by another process at the same moment.
        await this.#takeSlot();
        this.#rev = await actors.put(this.#document());
      }
    } catch (error) {
      log.warn({ reason: describeError(error) }, 'could not write the heartbeat');
    }
  }

  #document(): ActorDocument {
    const { self, host, clock, version } = this.#options;
    const { text, since_ms = 0, told = 0 } = this.#trouble ?? {};
    const lasts = clock.monotonic() - since_ms < TROUBLE_MS && !this.#stopped;
    const workingOn = [...new Set(this.#work.values())].slice(0, WORK_LIMIT);
    const running = workingOn.length > 0 ? 'busy' : 'idle';
    const document: ActorDocument = {
      _id: this.#id,
      name: self.actor,
      site: self.site,
      host,
      pid: self.pid,
      holder: self,
      started: this.#started,
      timestamp: formatTimestamp(clock.now()),
      state: this.#stopped ? 'stopped' : running,
      workingOn,
      counts: { ...this.#counts },
      ...(version === undefined ? {} : { version }),
      ...(text !== undefined && lasts
        ? { trouble: text.slice(0, TROUBLE_LENGTH), troubleTold: told }
        : {}),
    };
    return this.#rev === undefined ? document : { ...document, _rev: this.#rev };
  }
}
