/**
 * Wrong passwords are counted per user and address. After some of them passwords are looked at one
 * after the other, with a pause behind each wrong one: the guesser waits. The right password is let in
 * at any time, however many guesses wait: the newest and the oldest are looked at in turn.
 */
import { setTimeout } from 'node:timers/promises';
import { CouchError } from '../couch-error.ts';

const ALLOWED = 5;
const FORGET_MS = 5 * 60_000;
const ENTRIES_MAX = 10_000;
/** How many attempts on one user may wait at a time; then one from their middle is refused. */
const WAITING_MAX = 100;

interface Entry {
  count: number;
  until: number;
  /** Oldest first. */
  readonly waiting: Attempt[];
  isBusy: boolean;
  newestNext: boolean;
}

interface Attempt {
  readonly look: () => Promise<void>;
  readonly refuse: (error: unknown) => void;
}

export class Lockout {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;
  readonly #pauseMs: number;

  constructor(now: () => number, pauseMs = 200) {
    this.#now = now;
    this.#pauseMs = pauseMs;
  }

  /**
   * Checks a password by `find`, which gives undefined for a wrong one. Throws CouchError 401 for
   * that, and 403, late, where there were many before.
   */
  guard<T>(name: string, address: string, find: () => Promise<T | undefined>): Promise<T> {
    const entry = this.#entryOf(`${address} ${name}`);
    return new Promise((resolve, refuse) => {
      const look = (): Promise<void> => this.#attempt(entry, find).then(resolve, refuse);
      entry.waiting.push({ look, refuse });
      if (entry.waiting.length > WAITING_MAX) {
        entry.waiting.splice(WAITING_MAX >> 1, 1)[0]?.refuse(locked());
      }
      if (!entry.isBusy) void this.#work(entry);
    });
  }

  /** One at a time: each sees the failures before it. */
  async #work(entry: Entry): Promise<void> {
    entry.isBusy = true;
    for (;;) {
      entry.newestNext = !entry.newestNext;
      const next = entry.newestNext ? entry.waiting.pop() : entry.waiting.shift();
      if (!next) break;
      await next.look();
    }
    entry.isBusy = false;
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
    await setTimeout(this.#pauseMs, undefined, { ref: false });
    throw locked();
  }

  #entryOf(id: string): Entry {
    const known = this.#entries.get(id);
    this.#entries.delete(id);
    const fresh = known && (known.isBusy || known.until >= this.#now());
    const entry = fresh ? known : newEntry();
    this.#entries.set(id, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > ENTRIES_MAX && oldest !== undefined) this.#entries.delete(oldest);
    return entry;
  }
}

function newEntry(): Entry {
  return { count: 0, until: 0, waiting: [], isBusy: false, newestNext: false };
}

const locked = (): CouchError =>
  new CouchError(
    403,
    'forbidden',
    'Account is temporarily locked due to multiple authentication failures',
  );
