// The broker: topics, subscriptions and what passes from the ones to the others. What it promises:
// a publish that was answered is stored and is never lost; what was not acknowledged comes again,
// also after a `kill -9`. Every change is stored before it is answered.

import type { ProtoObject } from '../api/protocol.ts';
import { PubsubError } from '../pubsub-error.ts';
import { DELETED_TOPIC, lastPart } from '../resource-names.ts';
import type { BrokerPorts } from './broker-ports.ts';
import { deadLetter } from './dead-letter.ts';
import {
  type KeptDocument,
  progressDocument,
  segmentDocument,
  subscriptionDocument,
} from './kept-documents.ts';
import { checkNewMessages, type NewMessage } from './message.ts';
import type { Range } from './range-set.ts';
import { isNeeded, topicRetention_ms } from './retention.ts';
import { seekTo } from './seek.ts';
import type { StoredSubscription } from './stored-documents.ts';
import { Subscription } from './subscription.ts';
import {
  readSubscriptionSettings,
  type SubscriptionSettings,
  withDefaults,
} from './subscription-settings.ts';
import type { Segment } from './topic-log.ts';
import { Topics } from './topics.ts';

const DROP_DELAY_MS = 100;

interface KeptSubscription {
  live: Subscription;
  config: ProtoObject;
  document: KeptDocument;
  progress: KeptDocument;
}

/** Told of every subscription that came, changed or went. */
export type SubscriptionListener = (subscription: Subscription, exists: boolean) => void;

export class Broker {
  readonly #ports: BrokerPorts;
  readonly #topics = new Topics();
  readonly #subscriptions = new Map<string, KeptSubscription>();
  readonly #listeners: SubscriptionListener[] = [];
  readonly #toTidy = new Set<string>();

  constructor(ports: BrokerPorts) {
    this.#ports = ports;
  }

  /** Stored topics come before the subscriptions to them. */
  addStoredTopic(name: string, config: ProtoObject, segments: Segment[]): void {
    const last = segments.at(-1)?.messages.at(-1)?.number ?? -1;
    this.#topics.add(name, config, last + 1).log.segments.push(...segments);
  }

  addStoredSubscription(stored: StoredSubscription): void {
    const kept = this.#keep(stored);
    const log = this.#topics.find(stored.topic);
    if (!log) return;
    log.next = Math.max(log.next, kept.live.done.last + 1);
    kept.live.offer(log.undone(kept.live.done));
  }

  onSubscription(listener: SubscriptionListener): void {
    this.#listeners.push(listener);
    for (const { live } of this.#subscriptions.values()) listener(live, true);
  }

  topic(name: string): ProtoObject {
    return this.#topics.get(name).log.config;
  }

  get topics(): ProtoObject[] {
    return this.#topics.configs;
  }

  get subscriptions(): ProtoObject[] {
    return [...this.#subscriptions.values()].map(({ config }) => config);
  }

  subscriptionConfig(name: string): ProtoObject {
    return this.#subscription(name).config;
  }

  /** Throws NOT_FOUND. */
  subscription(name: string): Subscription {
    return this.#subscription(name).live;
  }

  subscriptionsOf(topic: string): string[] {
    this.#topics.get(topic);
    return this.#subscribers(topic).map(({ live }) => live.name);
  }

  async createTopic(config: ProtoObject): Promise<ProtoObject> {
    const { document } = this.#topics.add(String(config.name), config, 0);
    await this.#store(document);
    return config;
  }

  async updateTopic(name: string, config: ProtoObject): Promise<ProtoObject> {
    const topic = this.#topics.get(name);
    topic.log.config = config;
    await this.#store(topic.document);
    return config;
  }

  /** Its subscriptions stay, with what they have, and get nothing more. */
  async deleteTopic(name: string): Promise<void> {
    const topic = this.#topics.remove(name);
    this.#ports.journal.mark(topic.document.remove());
    for (const kept of this.#subscribers(name)) {
      kept.live.topic = DELETED_TOPIC;
      kept.config = { ...kept.config, topic: DELETED_TOPIC };
      this.#ports.journal.mark(kept.document);
    }
    for (const segment of topic.log.takeDone(() => false)) {
      this.#ports.journal.mark(segmentDocument(topic.log, segment));
    }
    await this.#ports.journal.commit();
  }

  /** The ids of the messages, when they are stored. */
  async publish(name: string, messages: readonly NewMessage[]): Promise<string[]> {
    checkNewMessages(messages);
    const { log } = this.#topics.get(name);
    const { clock, ids, journal } = this.#ports;
    const grown = (): void => journal.mark(ids);
    const keep = this.#subscribers(name).length > 0 || topicRetention_ms(log) > 0;
    // Nobody will ever get them: there is nothing to store.
    if (!keep) return messages.map(() => ids.next(grown));
    const placed = log.append(messages, clock.now(), () => ids.next(grown));
    for (const segment of placed.segments) journal.mark(segmentDocument(log, segment));
    await journal.commit();
    for (const { live } of this.#subscribers(name)) live.offer(placed.messages);
    return placed.messages.map((message) => message.id);
  }

  async createSubscription(given: ProtoObject): Promise<ProtoObject> {
    const name = String(given.name);
    if (this.#subscriptions.has(name)) {
      throw new PubsubError(
        'ALREADY_EXISTS',
        `Subscription already exists (resource=${lastPart(name)}).`,
      );
    }
    const { log } = this.#topics.get(String(given.topic));
    const config = withDefaults(given, this.#readSettings(given));
    // What was published before is not for it.
    const done: Range[] = log.next > 0 ? [[0, log.next - 1]] : [];
    const kept = this.#keep({ name, topic: log.name, config, done });
    this.#ports.journal.mark(kept.progress);
    await this.#store(kept.document);
    return config;
  }

  async updateSubscription(name: string, config: ProtoObject): Promise<ProtoObject> {
    const kept = this.#subscription(name);
    const settings = this.#readSettings(config);
    kept.live.settings = settings;
    kept.config = withDefaults(config, settings);
    await this.#store(kept.document);
    for (const listener of this.#listeners) listener(kept.live, true);
    return kept.config;
  }

  /** It gets nothing more from its topic, and keeps nothing of what it had. */
  async detachSubscription(name: string): Promise<void> {
    const kept = this.#subscription(name);
    kept.config = { ...kept.config, detached: true };
    kept.live.settings = readSubscriptionSettings(kept.config);
    this.#dropSoon(kept.live.topic);
    kept.live.topic = DELETED_TOPIC;
    kept.live.restart([]);
    await this.#store(kept.document);
  }

  async deleteSubscription(name: string): Promise<void> {
    const kept = this.#subscription(name);
    this.#subscriptions.delete(name);
    kept.live.close();
    for (const listener of this.#listeners) listener(kept.live, false);
    this.#ports.journal.mark(kept.progress.remove());
    this.#dropDone(kept.live.topic);
    await this.#store(kept.document.remove());
  }

  /** Ids that were not out (any more). */
  async acknowledge(name: string, ackIds: readonly string[]): Promise<string[]> {
    const unknown = this.#subscription(name).live.acknowledge(ackIds);
    if (unknown.length < ackIds.length) await this.#ports.journal.commit();
    return unknown;
  }

  modifyDeadline(name: string, ackIds: readonly string[], deadline_ms: number): string[] {
    return this.#subscription(name).live.modifyDeadline(ackIds, deadline_ms);
  }

  /** Everything before `time_ms` is done; what is still kept from then on is not. */
  async seek(name: string, time_ms: number): Promise<void> {
    const { live } = this.#subscription(name);
    seekTo(live, this.#topics.find(live.topic), time_ms);
    await this.#ports.journal.commit();
  }

  /** What time alone changes: expired subscriptions, messages that nobody will get any more. */
  async tidy(): Promise<void> {
    const now_ms = this.#ports.clock.now();
    for (const { live } of [...this.#subscriptions.values()]) {
      const { expiration_ms = Number.POSITIVE_INFINITY } = live.settings;
      if (live.consumers > 0 || now_ms - live.lastUse_ms <= expiration_ms) continue;
      this.#ports.log.info({ subscription: live.name }, 'the subscription expired unused');
      await this.deleteSubscription(live.name);
    }
    for (const name of this.#topics.names) this.#dropDone(name);
  }

  close(): void {
    for (const { live } of this.#subscriptions.values()) live.close();
  }

  #subscription(name: string): KeptSubscription {
    const subscription = this.#subscriptions.get(name);
    if (subscription) return subscription;
    throw new PubsubError('NOT_FOUND', `Resource not found (resource=${lastPart(name)}).`);
  }

  #subscribers(topic: string): KeptSubscription[] {
    return [...this.#subscriptions.values()].filter(({ live }) => live.topic === topic);
  }

  /** A dead-letter topic must be there when it is named; it may go later. */
  #readSettings(config: ProtoObject): SubscriptionSettings {
    const settings = readSubscriptionSettings(config);
    if (settings.deadLetter) this.#topics.get(settings.deadLetter.topic);
    return settings;
  }

  #keep(stored: StoredSubscription): KeptSubscription {
    const settings = readSubscriptionSettings(stored.config);
    const live = new Subscription(stored.name, stored.topic, settings, stored.done, {
      clock: this.#ports.clock,
      epoch: this.#ports.epoch,
      changed: () => {
        this.#ports.journal.mark(kept.progress);
        this.#dropSoon(live.topic);
      },
      deadLetter: async (topic, message, attempts) => {
        await this.publish(topic, [deadLetter(live.name, message, attempts)]);
        const fields = { subscription: live.name, topic, message: message.id, attempts };
        this.#ports.log.warn(fields, 'a message was given up and went to the dead-letter topic');
      },
    });
    const kept: KeptSubscription = {
      live,
      config: stored.config,
      document: subscriptionDocument(live, () => kept.config),
      progress: progressDocument(live),
    };
    this.#subscriptions.set(stored.name, kept);
    for (const listener of this.#listeners) listener(live, true);
    return kept;
  }

  async #store(document: KeptDocument): Promise<void> {
    this.#ports.journal.mark(document);
    await this.#ports.journal.commit();
  }

  /** Not after every acknowledgement: each look costs as much as there are subscriptions. */
  #dropSoon(topic: string): void {
    if (this.#toTidy.size === 0) {
      this.#ports.clock.timer(DROP_DELAY_MS, () => {
        const topics = [...this.#toTidy];
        this.#toTidy.clear();
        for (const name of topics) this.#dropDone(name);
      });
    }
    this.#toTidy.add(topic);
  }

  /** Deletes the segments of a topic that no subscription and no retention needs. */
  #dropDone(name: string): void {
    const log = this.#topics.find(name);
    if (!log) return;
    const subscribers = this.#subscribers(name).map(({ live }) => live);
    const now_ms = this.#ports.clock.now();
    const gone = log.takeDone((segment) => isNeeded(segment, log, subscribers, now_ms));
    for (const segment of gone) this.#ports.journal.mark(segmentDocument(log, segment));
    if (gone.length > 0) this.#ports.journal.commit().catch(() => {});
  }
}
