/** Wrong passwords are counted per user and address; after some of them, both wait. */
import { CouchError } from '../couch-error.ts';

const ALLOWED = 5;
const WAIT_MS = 5 * 60_000;
const MAX_ENTRIES = 10_000;

export class Lockout {
  readonly #failures = new Map<string, { count: number; until: number }>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Throws CouchError 403 while this user is locked out at this address. */
  check(name: string, address: string): void {
    const entry = this.#failures.get(key(name, address));
    if (!entry || entry.count < ALLOWED || entry.until < this.#now()) return;
    const reason = 'Account is temporarily locked due to multiple authentication failures';
    throw new CouchError(403, 'forbidden', reason);
  }

  failed(name: string, address: string): void {
    const id = key(name, address);
    const entry = this.#failures.get(id);
    const fresh = entry && entry.until >= this.#now() ? entry.count : 0;
    this.#failures.delete(id);
    this.#failures.set(id, { count: fresh + 1, until: this.#now() + WAIT_MS });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MAX_ENTRIES && oldest !== undefined) this.#failures.delete(oldest);
  }

  succeeded(name: string, address: string): void {
    this.#failures.delete(key(name, address));
  }
}

const key = (name: string, address: string): string => `${address} ${name}`;
