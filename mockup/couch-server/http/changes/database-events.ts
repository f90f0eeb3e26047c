/** The events of `_db_updates`: the latest of each database since the server started. */
import { badRequest } from '../../couch-error.ts';
import type { DatabaseEvent, ServerStore } from '../../store/server-store.ts';

export interface NumberedEvent extends DatabaseEvent {
  readonly n: number;
}

/** Remembers one event per database, in order. */
export class DatabaseEvents {
  readonly #latest = new Map<string, NumberedEvent>();
  readonly #listeners = new Set<(event: NumberedEvent) => void>();
  readonly #session: string;
  #n = 0;

  constructor(store: ServerStore, session: string) {
    this.#session = session;
    for (const database of store.databaseNames()) this.#add({ type: 'updated', database });
    store.onDatabaseEvent((event) => this.#add(event));
  }

  get newest(): number {
    return this.#n;
  }

  after(n: number): NumberedEvent[] {
    return [...this.#latest.values()].filter((event) => event.n > n);
  }

  onEvent(listener: (event: NumberedEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Sequences of an earlier run of the server count as 0. */
  parse(since: string): number {
    if (since === 'now') return this.#n;
    const match = /^(\d{1,15})(?:-(.*))?$/.exec(since);
    if (!match) throw badRequest(`Malformed sequence supplied in 'since' parameter: ${since}`);
    return match[2] === undefined || match[2] === this.#session ? Number(match[1]) : 0;
  }

  text(n: number): string {
    return `${n}-${this.#session}`;
  }

  line({ database, type, n }: NumberedEvent): string {
    return JSON.stringify({ db_name: database, type, seq: this.text(n) });
  }

  #add(event: DatabaseEvent): void {
    const numbered = { ...event, n: ++this.#n };
    // Deleted first: the map keeps the order of insertion.
    this.#latest.delete(event.database);
    this.#latest.set(event.database, numbered);
    for (const listener of this.#listeners) listener(numbered);
  }
}
