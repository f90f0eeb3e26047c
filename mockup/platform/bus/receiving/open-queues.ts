// The open messages of a receiver in queues, of which each may take so many of its places.

import type { QueuedMessage } from '../bus.ts';
import type { Message } from '../message.ts';
import { OpenQueue } from './open-queue.ts';

interface Lane {
  queue: OpenQueue;
  running: number;
}

export class OpenQueues {
  readonly #lanes = new Map<string, Lane>();
  readonly #laneOf: (message: QueuedMessage) => string;
  readonly #limit: number;

  constructor(options: { of(message: QueuedMessage): string; limit: number } | undefined) {
    this.#laneOf = options ? options.of : () => '';
    this.#limit = options?.limit ?? Number.POSITIVE_INFINITY;
  }

  add(message: Message): void {
    this.#lane(message).queue.add(message);
  }

  delete(message: Message): void {
    const name = this.#name(message);
    const lane = this.#lanes.get(name);
    lane?.queue.delete(message._id);
    this.#tidy(name);
  }

  clear(): void {
    for (const { queue } of this.#lanes.values()) queue.clear();
  }

  /** Takes the oldest message of a queue with free places, or one of its oldest `width`. */
  take(width = 1, choose = 0): { message: Message; queue: string } | undefined {
    let name: string | undefined;
    let oldest: string | undefined;
    for (const [candidate, { queue, running }] of this.#lanes) {
      const id = running < this.#limit ? queue.oldest : undefined;
      if (id === undefined || (oldest !== undefined && oldest <= id)) continue;
      name = candidate;
      oldest = id;
    }
    const lane = name === undefined ? undefined : this.#lanes.get(name);
    const message = lane?.queue.take(width, choose);
    if (!lane || !message || name === undefined) return undefined;
    lane.running++;
    return { message, queue: name };
  }

  /** A message that was taken has given its place back. */
  release(queue: string): void {
    const lane = this.#lanes.get(queue);
    if (lane) lane.running--;
    this.#tidy(queue);
  }

  #lane(message: Message): Lane {
    const name = this.#name(message);
    const lane = this.#lanes.get(name) ?? { queue: new OpenQueue(), running: 0 };
    this.#lanes.set(name, lane);
    return lane;
  }

  #name(message: Message): string {
    return this.#laneOf({
      id: message._id,
      selector: message.selector,
      body: message.body,
      sender: message.sender,
    });
  }

  #tidy(name: string): void {
    const lane = this.#lanes.get(name);
    if (lane && lane.running === 0 && lane.queue.size === 0) this.#lanes.delete(name);
  }
}
