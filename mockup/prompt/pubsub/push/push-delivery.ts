// Push subscriptions: each message is a POST to the endpoint; its answer acknowledges or gives back.
// How many are on their way at a time grows while the endpoint accepts, and halves when it refuses.

import type { Clock } from '../../../platform/clock/clock.ts';
import type { Logger } from '../../../platform/log/logger.ts';
import type { Broker } from '../broker/broker.ts';
import type { Consumer, Delivery } from '../broker/delivery/delivery.ts';
import type { Subscription } from '../broker/subscription.ts';
import { createPoster, type PostPush } from './post-push.ts';

export interface PushDeliveryOptions {
  clock: Clock;
  log: Logger;
  broker: Broker;
}

const WINDOW_FIRST = 50;
const WINDOW_MAX = 1000;
/** What is refused for ever takes a place of these again and again; others need the rest. */
const WINDOW_MIN = 10;
/** After a refusal, where the subscription says nothing of its own: so that nothing spins. */
const PAUSES_MS = [0, 100, 200, 500, 1000, 2000, 5000];

export class PushDelivery {
  readonly #options: PushDeliveryOptions;
  readonly #post = createPoster();
  readonly #pushers = new Map<string, Pusher>();

  constructor(options: PushDeliveryOptions) {
    this.#options = options;
    options.broker.onSubscription((subscription, exists) => this.#changed(subscription, exists));
  }

  async close(): Promise<void> {
    for (const pusher of this.#pushers.values()) pusher.stop();
    await this.#post.close();
  }

  #changed(subscription: Subscription, exists: boolean): void {
    const running = this.#pushers.get(subscription.name);
    const endpoint = exists ? subscription.settings.push?.endpoint : undefined;
    if (running && running.endpoint === endpoint) return;
    running?.stop();
    this.#pushers.delete(subscription.name);
    if (endpoint === undefined) return;
    const pusher = new Pusher(this.#options, subscription, endpoint, this.#post);
    this.#pushers.set(subscription.name, pusher);
    pusher.start();
  }
}

class Pusher implements Consumer {
  readonly endpoint: string;
  readonly #options: PushDeliveryOptions;
  readonly #subscription: Subscription;
  readonly #post: PostPush;
  readonly #stopped = new AbortController();
  #detach = (): void => {};
  #window = WINDOW_FIRST;
  #underWay = 0;
  #refusals = 0;
  #pausedUntil_ms = 0;

  constructor(
    options: PushDeliveryOptions,
    subscription: Subscription,
    endpoint: string,
    post: PostPush,
  ) {
    this.#options = options;
    this.#subscription = subscription;
    this.endpoint = endpoint;
    this.#post = post;
  }

  start(): void {
    this.#detach = this.#subscription.attach(this);
  }

  stop(): void {
    this.#detach();
    this.#stopped.abort(new Error('the push subscription ended'));
  }

  capacity(): number {
    if (this.#options.clock.monotonic() < this.#pausedUntil_ms) return 0;
    return Math.max(0, Math.floor(this.#window) - this.#underWay);
  }

  deliver(deliveries: Delivery[]): void {
    for (const delivery of deliveries) void this.#send(delivery);
  }

  async #send(delivery: Delivery): Promise<void> {
    this.#underWay += 1;
    const { clock } = this.#options;
    const limit = AbortSignal.any([
      this.#stopped.signal,
      AbortSignal.timeout(this.#subscription.settings.ackDeadline_ms),
    ]);
    const refusal = await this.#post.send(this.endpoint, this.#subscription, delivery, limit);
    this.#underWay -= 1;
    if (this.#stopped.signal.aborted) {
      // Whoever takes the messages now need not wait for the end of its deadline.
      this.#subscription.modifyDeadline([delivery.ackId], 0);
      return;
    }
    if (refusal === undefined) this.#accepted(delivery);
    else this.#refused(delivery, refusal);
    const pause_ms = this.#pausedUntil_ms - clock.monotonic();
    if (pause_ms <= 0) this.#subscription.pump();
    else clock.timer(pause_ms + 1, () => this.#subscription.pump());
  }

  #accepted(delivery: Delivery): void {
    if (this.#refusals > 0) this.#report('the push endpoint accepts again');
    this.#refusals = 0;
    this.#pausedUntil_ms = 0;
    this.#window = Math.min(WINDOW_MAX, this.#window + 1);
    const { name } = this.#subscription;
    this.#options.broker.acknowledge(name, [delivery.ackId]).catch(() => {});
  }

  #refused(delivery: Delivery, reason: string): void {
    if (this.#refusals === 0) this.#report('the push endpoint refuses; it is tried again', reason);
    this.#refusals += 1;
    this.#window = Math.max(WINDOW_MIN, this.#window / 2);
    const pause_ms = PAUSES_MS[Math.min(this.#refusals, PAUSES_MS.length) - 1] ?? 0;
    this.#pausedUntil_ms = this.#options.clock.monotonic() + pause_ms;
    this.#subscription.modifyDeadline([delivery.ackId], 0, PAUSES_MS);
  }

  #report(text: string, reason?: string): void {
    // The token of the endpoint's address stays out of the log.
    const { origin, pathname } = new URL(this.endpoint);
    const fields = { subscription: this.#subscription.name, endpoint: `${origin}${pathname}` };
    this.#options.log.warn({ ...fields, ...(reason !== undefined && { reason }) }, text);
  }
}
