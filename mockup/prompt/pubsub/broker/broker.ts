// The broker: topics, subscriptions and what passes from the ones to the others. What it promises:
// a publish that was answered is stored and is never lost; what was not acknowledged comes again,
// also after a `kill -9`. Every change is stored before it is answered.

import type { ProtoObject } from '../protocol.ts';
import { PubsubError } from '../pubsub-error.ts';
import { DELETED_TOPIC } from '../resource-names.ts';
import type { BrokerPorts } from './broker-ports.ts';
import { deadLetter } from './dead-letter.ts';
import type { Range } from './delivery/range-set.ts';
import { checkNewMessages, type NewMessage } from './message.ts';
import {
  type KeptDocument,
  progressDocument,
  segmentDocument,
  subscriptionDocument,
} from './records/kept-documents.ts';
import type { StoredSubscription } from './records/stored-documents.ts';
import { isNeeded, topicRetention_ms } from './retention.ts';
import { seekTo } from './seek.ts';
import { Subscription } from './subscription.ts';
import {
  readSubscriptionSettings,
  type SubscriptionSettings,
  withDefaults,
} from './subscription-settings.ts';
import {
  type KeptSubscription,
  type SubscriptionListener,
  Subscriptions,
} from './subscriptions.ts';
import { type LogKey, requireRoom, type Segment, type TopicLog } from './topic-log.ts';
import { Topics } from './topics.ts';

const DROP_DELAY_MS = 100;

export class Broker {
  readonly #ports: BrokerPorts;
  readonly #topics = new Topics();
  readonly #subscriptions = new Subscriptions();
  readonly #toTidy = new Set<TopicLog>();

  constructor(ports: BrokerPorts) {
    this.#ports = ports;
  }

  /** Stored topics, and logs of deleted ones (no `config`), come before the subscriptions to them. */
  addStoredLog(key: LogKey, config: ProtoObject | undefined, segments: Segment[]): void {
    const last = segments.at(-1)?.messages.at(-1)?.number ?? -1;
    const log = config
      ? this.#topics.add(key, config, last + 1).log
      : this.#topics.addDeleted(key);
    log.restore(segments);
  }

  addStoredSubscription(stored: StoredSubscription): void {
    const log = stored.log && this.#topics.findLog(stored.log);
    const kept = this.#keep(stored, log);
    if (!log) return;
    log.next = Math.max(log.next, kept.live.done.last + 1);
    kept.live.offer(log.undone(kept.live.done));
  }

  onSubscription(listener: SubscriptionListener): void {
    this.#subscriptions.onChange(listener);
  }

  topic(name: string): ProtoObject {
    return this.#topics.get(name).log.config;
  }

  get topics(): ProtoObject[] {
    return this.#topics.configs;
  }

  get subscriptions(): ProtoObject[] {
    return this.#subscriptions.all.map(({ config }) => config);
  }

  subscriptionConfig(name: string): ProtoObject {
    return this.#subscriptions.get(name).config;
  }

  /** Throws NOT_FOUND. */
  subscription(name: string): Subscription {
    return this.#subscriptions.get(name).live;
  }

  subscriptionsOf(topic: string): string[] {
    const { log } = this.#topics.get(topic);
    return this.#subscriptions.of(log).map(({ live }) => live.name);
  }

  async createTopic(config: ProtoObject): Promise<ProtoObject> {
    const { ids, journal } = this.#ports;
    // Subscriptions to an earlier topic of this name may still read what that one left.
    const generation = ids.next(() => journal.mark(ids));
    const { document } = this.#topics.add({ topic: String(config.name), generation }, config, 0);
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
    const { log, document } = this.#topics.remove(name);
    this.#ports.journal.mark(document.remove());
    for (const kept of this.#subscriptions.of(log)) {
      kept.live.topic = DELETED_TOPIC;
      kept.config = { ...kept.config, topic: DELETED_TOPIC };
      this.#ports.journal.mark(kept.document);
    }
    this.#dropDone(log);
    await this.#ports.journal.commit();
  }

  /** The ids of the messages, when they are stored. */
  async publish(name: string, messages: readonly NewMessage[]): Promise<string[]> {
    checkNewMessages(messages);
    const { log } = this.#topics.get(name);
    const { clock, ids, journal } = this.#ports;
    const grown = (): void => journal.mark(ids);
    const keep = this.#subscriptions.of(log).length > 0 || topicRetention_ms(log) > 0;
    // Nobody will ever get them: there is nothing to store.
    if (!keep) return messages.map(() => ids.next(grown));
    requireRoom(this.#topics.logs, messages, this.#ports.keptBytes_max);
    const placed = log.append(messages, clock.now(), () => ids.next(grown));
    for (const segment of placed.segments) journal.mark(segmentDocument(log, segment));
    await journal.commit();
    for (const segment of placed.segments) segment.offered = true;
    // The topic may be gone by now: its log is still there for those that had subscribed.
    for (const { live } of this.#subscriptions.of(log)) live.offer(placed.messages);
    return placed.messages.map((message) => message.id);
  }

  async createSubscription(given: ProtoObject): Promise<ProtoObject> {
    const name = String(given.name);
    this.#subscriptions.expectNone(name);
    const { log } = this.#topics.get(String(given.topic));
    const config = withDefaults(given, this.#readSettings(given));
    // What was published before is not for it.
    const done: Range[] = log.next > 0 ? [[0, log.next - 1]] : [];
    const kept = this.#keep({ name, topic: log.name, config, done }, log);
    this.#ports.journal.mark(kept.progress);
    await this.#store(kept.document);
    return config;
  }

  async updateSubscription(name: string, config: ProtoObject): Promise<ProtoObject> {
    const kept = this.#subscriptions.get(name);
    const settings = this.#readSettings(config);
    const becomesPush = settings.push !== undefined && kept.live.settings.push === undefined;
    kept.live.settings = settings;
    kept.config = withDefaults(config, settings);
    if (becomesPush) {
      kept.live.endConsumers(
        new PubsubError('FAILED_PRECONDITION', 'the subscription is a push subscription now'),
      );
    }
    await this.#store(kept.document);
    this.#subscriptions.changed(kept);
    return kept.config;
  }

  /** It gets nothing more from its topic, and keeps nothing of what it had. */
  async detachSubscription(name: string): Promise<void> {
    const kept = this.#subscriptions.get(name);
    kept.config = { ...kept.config, detached: true };
    kept.live.settings = readSubscriptionSettings(kept.config);
    if (kept.log) this.#dropSoon(kept.log);
    kept.log = undefined;
    kept.live.topic = DELETED_TOPIC;
    kept.live.restart([]);
    const reason = new PubsubError('FAILED_PRECONDITION', 'the subscription is detached');
    kept.live.endConsumers(reason);
    await this.#store(kept.document);
    this.#subscriptions.changed(kept);
  }

  async deleteSubscription(name: string): Promise<void> {
    const kept = this.#subscriptions.get(name);
    this.#subscriptions.remove(kept);
    kept.live.close(new PubsubError('NOT_FOUND', 'the subscription was deleted'));
    this.#ports.journal.mark(kept.progress.remove());
    if (kept.log) this.#dropDone(kept.log);
    await this.#store(kept.document.remove());
  }

  /** Ids that were not out (any more). */
  async acknowledge(name: string, ackIds: readonly string[]): Promise<string[]> {
    const unknown = this.#subscriptions.get(name).live.acknowledge(ackIds);
    if (unknown.length < ackIds.length) await this.#ports.journal.commit();
    return unknown;
  }

  modifyDeadline(name: string, ackIds: readonly string[], deadline_ms: number): string[] {
    return this.#subscriptions.get(name).live.modifyDeadline(ackIds, deadline_ms);
  }

  /** Everything before `time_ms` is done; what is still kept from then on is not. */
  async seek(name: string, time_ms: number): Promise<void> {
    const { live, log } = this.#subscriptions.get(name);
    seekTo(live, log, time_ms);
    await this.#ports.journal.commit();
  }

  /** What time alone changes: expired subscriptions, messages that nobody will get any more. */
  async tidy(): Promise<void> {
    const now_ms = this.#ports.clock.now();
    for (const { live } of this.#subscriptions.all) {
      const { expiration_ms = Number.POSITIVE_INFINITY } = live.settings;
      live.dropExpired();
      if (live.consumers > 0 || now_ms - live.lastUse_ms <= expiration_ms) continue;
      this.#ports.log.info({ subscription: live.name }, 'the subscription expired unused');
      await this.deleteSubscription(live.name);
    }
    for (const log of this.#topics.logs) this.#dropDone(log);
  }

  close(): void {
    const reason = new PubsubError('UNAVAILABLE', 'the server stops');
    for (const { live } of this.#subscriptions.all) live.close(reason);
  }

  /** A dead-letter topic must be there when it is named; it may go later. */
  #readSettings(config: ProtoObject): SubscriptionSettings {
    const settings = readSubscriptionSettings(config);
    if (settings.deadLetter) this.#topics.get(settings.deadLetter.topic);
    return settings;
  }

  #keep(stored: StoredSubscription, log: TopicLog | undefined): KeptSubscription {
    const settings = readSubscriptionSettings(stored.config);
    const live = new Subscription(stored.name, stored.topic, settings, stored.done, {
      clock: this.#ports.clock,
      epoch: this.#ports.epoch,
      changed: () => {
        // What a deleted one does late must not touch the documents of another one of its name.
        if (!this.#subscriptions.has(kept)) return;
        this.#ports.journal.mark(kept.progress);
        if (kept.log) this.#dropSoon(kept.log);
      },
      expired: (messages) => {
        const fields = { subscription: live.name, messages: messages.map(({ id }) => id) };
        this.#ports.log.warn(fields, 'dropped messages that were too old');
      },
      deadLetter: async (topic, message, attempts) => {
        await this.publish(topic, [deadLetter(live.name, message, attempts)]);
        const fields = { subscription: live.name, topic, message: message.id, attempts };
        this.#ports.log.warn(fields, 'a message was given up and went to the dead-letter topic');
      },
    });
    const kept: KeptSubscription = {
      ...{ live, log, config: stored.config },
      document: subscriptionDocument(live, () => kept),
      progress: progressDocument(live),
    };
    this.#subscriptions.add(kept);
    return kept;
  }

  async #store(document: KeptDocument): Promise<void> {
    this.#ports.journal.mark(document);
    await this.#ports.journal.commit();
  }

  /** Not after every acknowledgement: each look costs as much as there are subscriptions. */
  #dropSoon(log: TopicLog): void {
    if (this.#toTidy.size === 0) {
      this.#ports.clock.timer(DROP_DELAY_MS, () => {
        const logs = [...this.#toTidy];
        this.#toTidy.clear();
        for (const one of logs) this.#dropDone(one);
      });
    }
    this.#toTidy.add(log);
  }

  /** Deletes the segments of a log that no subscription and no retention needs. */
  #dropDone(log: TopicLog): void {
    const subscribers = this.#subscriptions.of(log).map(({ live }) => live);
    const now_ms = this.#ports.clock.now();
    const gone = log.takeDone((segment) => isNeeded(segment, log, subscribers, now_ms));
    for (const segment of gone) this.#ports.journal.mark(segmentDocument(log, segment));
    if (gone.length > 0) this.#ports.journal.commit().catch(() => {});
    if (log.deleted && log.segments.length === 0) this.#topics.forget(log);
  }
}
