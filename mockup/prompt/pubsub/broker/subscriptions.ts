// The subscriptions that there are, each with the log it reads from and its documents, and whoever
// wants to know when one comes, changes or goes.

import type { ProtoObject } from '../protocol.ts';
import { PubsubError } from '../pubsub-error.ts';
import { lastPart } from '../resource-names.ts';
import type { KeptDocument } from './records/kept-documents.ts';
import type { Subscription } from './subscription.ts';
import type { TopicLog } from './topic-log.ts';

export interface KeptSubscription {
  live: Subscription;
  config: ProtoObject;
  /** Undefined where it was detached. */
  log: TopicLog | undefined;
  document: KeptDocument;
  progress: KeptDocument;
}

/** Told of every subscription that came, changed or went. */
export type SubscriptionListener = (subscription: Subscription, exists: boolean) => void;

export class Subscriptions {
  readonly #kept = new Map<string, KeptSubscription>();
  readonly #listeners: SubscriptionListener[] = [];

  get all(): KeptSubscription[] {
    return [...this.#kept.values()];
  }

  onChange(listener: SubscriptionListener): void {
    this.#listeners.push(listener);
    for (const { live } of this.#kept.values()) listener(live, true);
  }

  /** Throws ALREADY_EXISTS. */
  expectNone(name: string): void {
    if (!this.#kept.has(name)) return;
    throw new PubsubError(
      'ALREADY_EXISTS',
      `Subscription already exists (resource=${lastPart(name)}).`,
    );
  }

  /** Throws NOT_FOUND. */
  get(name: string): KeptSubscription {
    const subscription = this.#kept.get(name);
    if (subscription) return subscription;
    throw new PubsubError('NOT_FOUND', `Resource not found (resource=${lastPart(name)}).`);
  }

  /** False for one that was deleted, also where there is another one of its name by now. */
  has(kept: KeptSubscription): boolean {
    return this.#kept.get(kept.live.name) === kept;
  }

  of(log: TopicLog): KeptSubscription[] {
    return this.all.filter((kept) => kept.log === log);
  }

  add(kept: KeptSubscription): void {
    this.#kept.set(kept.live.name, kept);
    this.changed(kept);
  }

  changed({ live }: KeptSubscription): void {
    for (const listener of this.#listeners) listener(live, true);
  }

  remove(kept: KeptSubscription): void {
    this.#kept.delete(kept.live.name);
    for (const listener of this.#listeners) listener(kept.live, false);
  }
}
