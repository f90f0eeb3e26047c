// The open messages that a receiver knows of, oldest first (ids begin with the creation time).

import type { Message } from '../message.ts';

export class OpenQueue {
  #messages = new Map<string, Message>();
  /** Sorted ids; may hold ids that are gone from the map. */
  #order: string[] = [];

  get size(): number {
    return this.#messages.size;
  }

  add(message: Message): void {
    if (!this.#messages.has(message._id)) this.#insert(message._id);
    this.#messages.set(message._id, message);
  }

  delete(id: string): void {
    this.#messages.delete(id);
  }

  clear(): void {
    this.#messages.clear();
    this.#order = [];
  }

  /** Id of the oldest message. */
  get oldest(): string | undefined {
    this.#dropGone();
    return this.#order[0];
  }

  /**
   * Takes the oldest message; with `choose` (0 to below 1) one of the oldest `width`, so that
   * receivers who compete do not all reach for the same one.
   */
  take(width = 1, choose = 0): Message | undefined {
    this.#dropGone();
    const span = Math.min(width, this.#order.length);
    for (let index = Math.floor(choose * span); index < this.#order.length; index++) {
      const [id] = this.#order.splice(index, 1) as [string];
      const message = this.#messages.get(id);
      index--;
      if (!message) continue;
      this.#messages.delete(id);
      return message;
    }
    return undefined;
  }

  #dropGone(): void {
    let gone = 0;
    while (gone < this.#order.length && !this.#messages.has(this.#order[gone] as string)) gone++;
    if (gone > 0) this.#order.splice(0, gone);
  }

  #insert(id: string): void {
    const last = this.#order.at(-1);
    if (last === undefined || last < id) {
      this.#order.push(id);
      return;
    }
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#order[middle] as string) < id) low = middle + 1;
      else high = middle;
    }
    if (this.#order[low] !== id) this.#order.splice(low, 0, id);
  }
}
