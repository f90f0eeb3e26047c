// One subscription: what it still has to deliver, what is out with whom and until when, and what it
// is done with. It keeps all in memory; what must survive is its set of done messages, which the
// journal stores when `changed` was called.

import type { Clock } from '../../../platform/clock/clock.ts';
import { Deadlines } from './delivery/deadlines.ts';
import type { Consumer, Delivery } from './delivery/delivery.ts';
import { DeliveryQueue } from './delivery/delivery-queue.ts';
import { type Range, RangeSet } from './delivery/range-set.ts';
import type { PubsubMessage } from './message.ts';
import { messageBytes } from './message.ts';
import type { SubscriptionSettings } from './subscription-settings.ts';

export interface SubscriptionPorts {
  clock: Clock;
  /** Begins every acknowledgement id, so that one of an earlier run never fits. */
  epoch: string;
  changed(): void;
  /** These were too old, and nobody gets them any more. */
  expired(messages: readonly PubsubMessage[]): void;
  /** Sends a message that failed too often to the dead-letter topic. Rejects where it can't. */
  deadLetter(topic: string, message: PubsubMessage, attempts: number): Promise<void>;
}

const BATCH_MESSAGES_MAX = 1000;
const BATCH_BYTES_MAX = 8_000_000;

export class Subscription {
  readonly name: string;
  topic: string;
  settings: SubscriptionSettings;
  readonly done: RangeSet;
  lastUse_ms: number;
  readonly #ports: SubscriptionPorts;
  #queue: DeliveryQueue;
  #out = new Map<string, Delivery>();
  #deadlines = new Deadlines<Delivery>();
  #attempts = new Map<number, number>();
  #consumers: Consumer[] = [];
  #isClosed = false;
  #count = 0;
  #cancelTimer: (() => void) | undefined;
  #timerAt_ms = Number.POSITIVE_INFINITY;

  constructor(
    name: string,
    topic: string,
    settings: SubscriptionSettings,
    done: readonly Range[],
    ports: SubscriptionPorts,
  ) {
    this.name = name;
    this.topic = topic;
    this.settings = settings;
    this.done = new RangeSet(done);
    this.#ports = ports;
    this.#queue = new DeliveryQueue(settings.ordered);
    this.lastUse_ms = ports.clock.now();
  }

  /** How many messages are not done: waiting and out. */
  get undelivered(): number {
    return this.#queue.size + this.#out.size;
  }

  get outstanding(): number {
    return this.#out.size;
  }

  get consumers(): number {
    return this.#consumers.length;
  }

  /** New messages of its topic, in order, stored already. */
  offer(messages: readonly PubsubMessage[]): void {
    let skipped = false;
    for (const message of messages) {
      if (this.done.has(message.number)) continue;
      if (this.settings.filter(message.attributes)) this.#queue.add(message);
      else {
        this.done.add(message.number);
        skipped = true;
      }
    }
    if (skipped) this.#ports.changed();
    this.pump();
  }

  attach(consumer: Consumer): () => void {
    this.#consumers.push(consumer);
    this.lastUse_ms = this.#ports.clock.now();
    this.pump();
    return () => {
      this.#consumers = this.#consumers.filter((one) => one !== consumer);
      this.lastUse_ms = this.#ports.clock.now();
    };
  }

  /** Gives out what can go out now, to one consumer after the other. */
  pump(): void {
    let idle = 0;
    while (this.#consumers.length > 0 && idle < this.#consumers.length) {
      const consumer = this.#consumers.shift() as Consumer;
      this.#consumers.push(consumer);
      const deliveries = this.#take(consumer);
      if (deliveries.length === 0) idle += 1;
      else {
        idle = 0;
        consumer.deliver(deliveries);
      }
    }
    this.#setTimer();
  }

  /** Ids that are not out (any more). */
  acknowledge(ackIds: readonly string[]): string[] {
    this.lastUse_ms = this.#ports.clock.now();
    const unknown: string[] = [];
    for (const ackId of ackIds) {
      const delivery = this.#out.get(ackId);
      if (delivery) this.#finish(delivery);
      else unknown.push(ackId);
    }
    if (unknown.length < ackIds.length) {
      this.#ports.changed();
      if (this.#queue.isReady(this.#ports.clock.monotonic())) this.pump();
    }
    return unknown;
  }

  /**
   * 0: it comes again, where no retry policy says when after one of these pauses, the first one the
   * first time. Returns ids that are not out (any more).
   */
  modifyDeadline(
    ackIds: readonly string[],
    deadline_ms: number,
    pauses_ms: readonly number[] = [],
  ): string[] {
    const now_ms = this.#ports.clock.monotonic();
    this.lastUse_ms = this.#ports.clock.now();
    const unknown: string[] = [];
    for (const ackId of ackIds) {
      const delivery = this.#out.get(ackId);
      if (!delivery) unknown.push(ackId);
      else if (deadline_ms === 0) this.#giveBack(delivery, pauses_ms);
      else {
        delivery.deadline_ms = now_ms + deadline_ms;
        this.#deadlines.add(delivery, this.#out.size);
      }
    }
    this.pump();
    return unknown;
  }

  /** Begins anew with these undone messages: after a seek. */
  restart(messages: readonly PubsubMessage[]): void {
    for (const delivery of [...this.#out.values()]) this.#end(delivery);
    this.#attempts.clear();
    this.#queue = new DeliveryQueue(this.settings.ordered);
    this.#ports.changed();
    this.offer(messages);
  }

  /** Drops what is too old, also where nobody takes anything. */
  dropExpired(): void {
    const expired = this.#queue.takeExpired((message) => this.#isTooOld(message));
    if (expired.length === 0) return;
    for (const { number } of expired) {
      this.done.add(number);
      this.#attempts.delete(number);
    }
    this.#ports.expired(expired);
    this.#ports.changed();
    this.pump();
  }

  /** Whoever takes messages now takes no more of them. */
  endConsumers(reason: Error): void {
    const consumers = this.#consumers;
    this.#consumers = [];
    for (const consumer of consumers) consumer.end?.(reason);
  }

  close(reason: Error): void {
    this.#isClosed = true;
    this.#cancelTimer?.();
    this.endConsumers(reason);
  }

  #take(consumer: Consumer): Delivery[] {
    const capacity = Math.min(consumer.capacity(), BATCH_MESSAGES_MAX);
    const taken: Delivery[] = [];
    const now_ms = this.#ports.clock.monotonic();
    let bytes = 0;
    while (taken.length < capacity && bytes < BATCH_BYTES_MAX) {
      const message = this.#queue.next(now_ms);
      if (!message) break;
      if (this.#isExpired(message) || this.#isDead(message)) continue;
      bytes += messageBytes(message);
      taken.push(this.#deliver(message, consumer, now_ms));
    }
    return taken;
  }

  #deliver(message: PubsubMessage, consumer: Consumer, now_ms: number): Delivery {
    const deadline_ms = now_ms + (consumer.ackDeadline_ms ?? this.settings.ackDeadline_ms);
    const attempt = this.#attempts.get(message.number) ?? 0;
    this.#count += 1;
    const ackId = `${this.#ports.epoch}.${this.#count.toString(36)}`;
    const delivery: Delivery = { ackId, message, attempt, deadline_ms, state: 'out', consumer };
    this.#out.set(ackId, delivery);
    this.#deadlines.add(delivery, this.#out.size);
    return delivery;
  }

  #isExpired(message: PubsubMessage): boolean {
    if (!this.#isTooOld(message)) return false;
    this.#ports.expired([message]);
    this.#drop(message);
    return true;
  }

  #isTooOld({ publishTime_ms }: PubsubMessage): boolean {
    return this.#ports.clock.now() - publishTime_ms > this.settings.retention_ms;
  }

  #isDead(message: PubsubMessage): boolean {
    const { deadLetter } = this.settings;
    const attempts = this.#attempts.get(message.number) ?? 0;
    if (!deadLetter || attempts < deadLetter.attemptsMax) return false;
    this.#ports.deadLetter(deadLetter.topic, message, attempts).then(
      () => this.#drop(message),
      // It comes again, as with a dead-letter topic that is gone.
      () => {
        this.#queue.addAgain(message, this.#ports.clock.monotonic() + 10_000);
        this.#setTimer();
      },
    );
    return true;
  }

  #drop(message: PubsubMessage): void {
    this.done.add(message.number);
    this.#attempts.delete(message.number);
    this.#queue.done(message);
    this.#ports.changed();
  }

  #end(delivery: Delivery): void {
    delivery.state = 'over';
    this.#out.delete(delivery.ackId);
    delivery.consumer.over?.(delivery);
  }

  #finish(delivery: Delivery): void {
    this.#end(delivery);
    this.done.add(delivery.message.number);
    this.#attempts.delete(delivery.message.number);
    this.#queue.done(delivery.message);
  }

  #giveBack(delivery: Delivery, pauses_ms: readonly number[] = []): void {
    this.#end(delivery);
    const { number } = delivery.message;
    const attempts = (this.#attempts.get(number) ?? 0) + 1;
    this.#attempts.set(number, attempts);
    const at_ms = this.#ports.clock.monotonic() + this.#delay_ms(attempts, pauses_ms);
    this.#queue.addAgain(delivery.message, at_ms);
  }

  #delay_ms(attempts: number, pauses_ms: readonly number[]): number {
    const { retry } = this.settings;
    if (!retry) return pauses_ms[Math.min(attempts, pauses_ms.length) - 1] ?? 0;
    return Math.min(retry.maximum_ms, retry.minimum_ms * 2 ** Math.min(attempts - 1, 30));
  }

  /** One timer for the next deadline or delayed message; one that is due waits for room alone. */
  #setTimer(): void {
    if (this.#isClosed) return;
    const { next_ms = Infinity } = this.#deadlines;
    const { nextAt_ms = Infinity } = this.#queue;
    const isDue = nextAt_ms <= this.#ports.clock.monotonic();
    const at_ms = Math.min(next_ms, isDue ? Infinity : nextAt_ms);
    if (at_ms === this.#timerAt_ms) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#timerAt_ms = at_ms;
    if (at_ms === Infinity) return;
    const { clock } = this.#ports;
    this.#cancelTimer = clock.timer(at_ms - clock.monotonic(), () => {
      this.#timerAt_ms = Infinity;
      this.#cancelTimer = undefined;
      const over = this.#deadlines.takeOver(clock.monotonic());
      for (const delivery of over) this.#giveBack(delivery);
      this.pump();
    });
  }
}
