// Which bodies of waiting messages a receiver keeps in memory: small ones, up to a sum. Of the others
// it knows the head, and the body is read when the message is claimed, so that a queue of any size
// takes little memory.

import { jsonSize } from '../../../core/json-size.ts';
import type { Message } from '../message.ts';

const BODY_BYTES = 64_000;
const SUM_BYTES = 16_000_000;

export class KeptBodies {
  /** Of messages that wait, whole or not. */
  readonly #sizes = new WeakMap<Message, number>();
  readonly #kept = new WeakSet<Message>();
  readonly #left = new WeakSet<Message>();
  #sum_bytes = 0;

  /** The message as it is to wait: maybe without its body. */
  keep(message: Message): Message {
    if (this.#kept.has(message) || this.#left.has(message)) return message;
    const size = jsonSize(message.body);
    if (size > BODY_BYTES || this.#sum_bytes + size > SUM_BYTES)
      return this.#headOf(message, size);
    this.#sum_bytes += size;
    this.#kept.add(message);
    this.#sizes.set(message, size);
    return message;
  }

  /** The message without its body, for what another has in flight. */
  headOf(message: Message): Message {
    if (this.#left.has(message)) return message;
    return this.#headOf(message, this.#sizes.get(message) ?? jsonSize(message.body));
  }

  /** It waits no more. */
  release(message: Message): void {
    if (this.#kept.delete(message)) this.#sum_bytes -= this.#sizes.get(message) ?? 0;
  }

  /** True where the body is in the database alone: such a message must never be written. */
  isLeft(message: Message): boolean {
    return this.#left.has(message);
  }

  /** Of its body, where it was kept here, whole or not. */
  sizeOf(message: Message): number {
    return this.#sizes.get(message) ?? 0;
  }

  #headOf({ body: _, ...rest }: Message, size: number): Message {
    const head = { ...rest, body: undefined };
    this.#left.add(head);
    this.#sizes.set(head, size);
    return head;
  }
}
