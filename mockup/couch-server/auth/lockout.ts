/**
 * Wrong passwords are counted per user and address. After some of them each answer to a wrong one
 * comes late, and one after the other: the guesser waits. The right password is let in at any time.
 */
import { setTimeout } from 'node:timers/promises';
import { CouchError } from '../couch-error.ts';

const ALLOWED = 5;
const FORGET_MS = 5 * 60_000;
const ENTRIES_MAX = 10_000;
/** How many attempts on one user may wait at a time; those that come then are not looked at. */
const WAITING_MAX = 20;

interface Entry {
  count: number;
  until: number;
  waiting: number;
  last: Promise<unknown>;
}

export class Lockout {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;
  readonly #delayMs: number;

  constructor(now: () => number, delayMs = 1000) {
    this.#now = now;
    this.#delayMs = delayMs;
  }

  /**
   * Checks a password by `find`, which gives undefined for a wrong one. Throws CouchError 401 for
   * that, and 403, late, where there were many before.
   */
  async guard<T>(name: string, address: string, find: () => Promise<T | undefined>): Promise<T> {
    const entry = this.#entryOf(`${address} ${name}`);
    if (entry.waiting >= WAITING_MAX) throw locked();
    entry.waiting++;
    // One at a time: each sees the failures before it.
    const attempt = entry.last.then(() => this.#attempt(entry, find));
    entry.last = attempt.catch(() => undefined);
    try {
      return await attempt;
    } finally {
      entry.waiting--;
    }
  }

  async #attempt<T>(entry: Entry, find: () => Promise<T | undefined>): Promise<T> {
    const found = await find();
    if (found !== undefined) {
      entry.count = 0;
      return found;
    }
    entry.until = this.#now() + FORGET_MS;
    if (++entry.count <= ALLOWED) {
      throw new CouchError(401, 'unauthorized', 'Name or password is incorrect.');
    }
    await setTimeout(this.#delayMs, undefined, { ref: false });
    throw locked();
  }

  #entryOf(id: string): Entry {
    const known = this.#entries.get(id);
    this.#entries.delete(id);
    const fresh = known && (known.waiting > 0 || known.until >= this.#now());
    const entry = fresh ? known : { count: 0, until: 0, waiting: 0, last: Promise.resolve() };
    this.#entries.set(id, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > ENTRIES_MAX && oldest !== undefined) this.#entries.delete(oldest);
    return entry;
  }
}

const locked = (): CouchError =>
  new CouchError(
    403,
    'forbidden',
    'Account is temporarily locked due to multiple authentication failures',
  );
