// Which message of a subscription comes next. Fresh messages come in their order; those given back
// come again when their delay is over; with ordering, no message of a key comes while an earlier
// one of that key is out.

import TinyQueue from 'tinyqueue';
import type { PubsubMessage } from '../message.ts';

interface Delayed {
  message: PubsubMessage;
  at_ms: number;
}

interface OrderedKey {
  /** Messages that wait for earlier ones of their key, in order. */
  waiting: PubsubMessage[];
  /** One of this key is in the queue or out. */
  busy: boolean;
}

export class DeliveryQueue {
  readonly #ordered: boolean;
  #fresh: PubsubMessage[] = [];
  #at = 0;
  #delayed = new TinyQueue<Delayed>([], byTime);
  #keys = new Map<string, OrderedKey>();
  #waiting = 0;
  /** The last one that went out had been out before. */
  #wasDelayed = false;

  constructor(ordered: boolean) {
    this.#ordered = ordered;
  }

  /** How many there are, those that wait for their key or their delay too. */
  get size(): number {
    return this.#fresh.length - this.#at + this.#delayed.length + this.#waiting;
  }

  add(message: PubsubMessage): void {
    if (!this.#ordered || message.orderingKey === '') {
      this.#fresh.push(message);
      return;
    }
    const key = this.#key(message.orderingKey);
    if (key.busy) {
      key.waiting.push(message);
      this.#waiting += 1;
    } else {
      key.busy = true;
      this.#fresh.push(message);
    }
  }

  /** A message that was out comes again, at `at_ms`. */
  addAgain(message: PubsubMessage, at_ms: number): void {
    this.#delayed.push({ message, at_ms });
  }

  /**
   * The next one that may go out now; undefined where there is none. Fresh ones take turns with those
   * that were given back: what fails for ever would hold them up.
   */
  next(now_ms: number): PubsubMessage | undefined {
    const isDue = (this.nextAt_ms ?? Infinity) <= now_ms;
    this.#wasDelayed = isDue && !(this.#wasDelayed && this.hasFresh);
    if (this.#wasDelayed) return this.#delayed.pop()?.message;
    const message = this.#fresh[this.#at];
    if (!message) return undefined;
    this.#at += 1;
    if (this.#at > 1024 && this.#at * 2 > this.#fresh.length) {
      this.#fresh = this.#fresh.slice(this.#at);
      this.#at = 0;
    }
    return message;
  }

  /** When the first of those that wait for their delay may go out. */
  get nextAt_ms(): number | undefined {
    return this.#delayed.peek()?.at_ms;
  }

  get hasFresh(): boolean {
    return this.#at < this.#fresh.length;
  }

  isReady(now_ms: number): boolean {
    return this.hasFresh || (this.nextAt_ms ?? Infinity) <= now_ms;
  }

  /** A message is done: the next one of its key may come. */
  done(message: PubsubMessage): void {
    const key = this.#ordered ? this.#keys.get(message.orderingKey) : undefined;
    if (!key) return;
    const following = key.waiting.shift();
    if (!following) {
      this.#keys.delete(message.orderingKey);
      return;
    }
    this.#waiting -= 1;
    this.#fresh.push(following);
  }

  /** Takes out those that are expired, wherever they wait. */
  takeExpired(isExpired: (message: PubsubMessage) => boolean): PubsubMessage[] {
    const expired: PubsubMessage[] = [];
    const stays = (message: PubsubMessage): boolean => {
      if (!isExpired(message)) return true;
      expired.push(message);
      return false;
    };
    for (const key of this.#keys.values()) {
      const before = key.waiting.length;
      key.waiting = key.waiting.filter(stays);
      this.#waiting -= before - key.waiting.length;
    }
    // These held up nobody of their key; the others did.
    const held = [...expired];
    const fresh = this.#fresh.slice(this.#at).filter(stays);
    const delayed = this.#delayed.data.filter(({ message }) => stays(message));
    if (expired.length === 0) return expired;
    const waited = new Set(held);
    this.#fresh = fresh;
    this.#at = 0;
    this.#delayed = new TinyQueue(delayed, byTime);
    for (const message of expired) if (!waited.has(message)) this.done(message);
    return expired;
  }

  #key(name: string): OrderedKey {
    let key = this.#keys.get(name);
    if (!key) {
      key = { waiting: [], busy: false };
      this.#keys.set(name, key);
    }
    return key;
  }
}

function byTime(a: Delayed, b: Delayed): number {
  return a.at_ms - b.at_ms || a.message.number - b.message.number;
}
