// The actors by their heartbeats. One that is silent for too long is down, judged by when its
// heartbeats arrived here: clocks of other sites may be wrong.

import { HEARTBEAT_STALE_MS } from '../../../mockup/platform/actor/heartbeat.ts';
import type { Clock } from '../../../mockup/platform/clock/clock.ts';
import type { Database, Document, Stored } from '../../../mockup/platform/couch/database.ts';
import type { ActorSummary } from '../../protocol/summaries.ts';
import type { LiveModel } from '../model/live-model.ts';
import { summariseActor } from '../summaries/actor-summary.ts';
import type { DocumentSink } from './database-watch.ts';
import { documentPages } from './document-pages.ts';

interface Heard {
  actor: ActorSummary;
  rev: string;
  /** By this process's own clock that never jumps. */
  due_ms: number;
  isDown: boolean;
}

export class ActorSink implements DocumentSink {
  readonly #model: LiveModel;
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #heard = new Map<string, Heard>();
  #isReading = false;
  #cancel: () => void = () => {};

  constructor(model: LiveModel, database: Database, clock: Clock) {
    this.#model = model;
    this.#database = database;
    this.#clock = clock;
  }

  read(): AsyncIterable<Stored<Document>[]> {
    return documentPages(this.#database);
  }

  reading(isReading: boolean): void {
    this.#isReading = isReading;
    if (!isReading) this.#judge();
  }

  /** While the database is away no heartbeat can arrive, and nobody is judged. */
  lost(): void {
    this.#cancel();
  }

  put(doc: Stored<Document>): void {
    const actor = summariseActor(doc);
    if (!actor) {
      this.remove(doc._id);
      return;
    }
    const before = this.#heard.get(actor.id);
    const isDown = before?.isDown === true && before.rev === doc._rev;
    const due_ms = this.#clock.monotonic() + (isDown ? 0 : this.#patience_ms(actor, before));
    this.#heard.set(actor.id, { actor, rev: doc._rev, due_ms, isDown });
    this.#show(actor, isDown);
    if (!this.#isReading) this.#judge();
  }

  remove(id: string): void {
    this.#heard.delete(id);
    this.#model.remove('actor', id);
  }

  ids(): Iterable<string> {
    return this.#heard.keys();
  }

  size(): number {
    return this.#heard.size;
  }

  stop(): void {
    this.#cancel();
  }

  /** Only the age of a heartbeat that was there before us is what its time says. */
  #patience_ms(actor: ActorSummary, before: Heard | undefined): number {
    if (before || !this.#isReading) return HEARTBEAT_STALE_MS;
    const age_ms = this.#clock.now() - (actor.heartbeat_ms ?? 0);
    return Math.min(Math.max(HEARTBEAT_STALE_MS - age_ms, 0), HEARTBEAT_STALE_MS);
  }

  #show(actor: ActorSummary, isDown: boolean): void {
    const isGone = isDown && actor.state !== 'stopped';
    this.#model.put('actor', isGone ? { ...actor, state: 'down' } : actor);
  }

  /** Marks who is overdue, and comes again when the next one is. */
  #judge(): void {
    this.#cancel();
    const now = this.#clock.monotonic();
    let next_ms = Number.POSITIVE_INFINITY;
    for (const heard of this.#heard.values()) {
      if (heard.due_ms > now) next_ms = Math.min(next_ms, heard.due_ms);
      else if (!heard.isDown) {
        heard.isDown = true;
        this.#show(heard.actor, true);
      }
    }
    if (next_ms === Number.POSITIVE_INFINITY) return;
    this.#cancel = this.#clock.timer(next_ms - now + 1, () => this.#judge());
  }
}
