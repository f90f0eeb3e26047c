// Publishes what the notification configurations of a bucket ask for. An object's record says what
// is still to be announced, so that each OBJECT_FINALIZE is published at least once, also when the
// server is killed between the two.

import { describeError } from '../../core/errors.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database } from '../../platform/couch/database.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { Buckets, Notification } from './buckets.ts';
import { BY_ANNOUNCING, objectsToAnnounce } from './objects/object-queries.ts';
import { type Finalized, type ObjectRecord, toResource } from './objects/object-record.ts';
import type { ObjectStore } from './objects/object-store.ts';

export interface Publication {
  topic: string;
  data: Buffer;
  attributes: Record<string, string>;
}

export interface AnnouncerPorts {
  clock: Clock;
  log: Logger;
  database: Database;
  buckets: Buckets;
  /** Rejects where the topic can't be reached; resolves when the message is stored there. */
  publish(publication: Publication): Promise<void>;
  baseUrl(): string;
}

const RETRY_DELAYS_MS = [100, 300, 1000, 3000, 10_000];

export class Announcer {
  readonly #ports: AnnouncerPorts;
  readonly #store: () => ObjectStore;
  readonly #stopped = new AbortController();
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(ports: AnnouncerPorts, store: () => ObjectStore) {
    this.#ports = ports;
    this.#store = store;
  }

  /** Takes up what an earlier run left unannounced. */
  async start(): Promise<number> {
    const { database } = this.#ports;
    await database.ensureIndex(BY_ANNOUNCING);
    const left = await database.find<ObjectRecord>(objectsToAnnounce());
    for (const record of left) this.announceSoon(record);
    return left.length;
  }

  stop(): void {
    this.#stopped.abort(new Error('the storage server stops'));
  }

  announceSoon(record: ObjectRecord): void {
    this.announce(record).catch((error: unknown) => {
      if (this.#stopped.signal.aborted) return;
      const fields = { object: record._id, reason: describeError(error) };
      this.#ports.log.error(fields, 'could not announce an object');
    });
  }

  /** Resolves when all generations of the record are announced. */
  async announce({ bucket, unannounced }: ObjectRecord): Promise<void> {
    await Promise.all(unannounced.map((one) => this.#once(bucket, one)));
  }

  #once(bucket: string, finalized: Finalized): Promise<void> {
    const key = `${bucket}/${finalized.name}#${finalized.generation}`;
    let running = this.#underWay.get(key);
    if (!running) {
      running = this.#announce(bucket, finalized).finally(() => this.#underWay.delete(key));
      this.#underWay.set(key, running);
    }
    return running;
  }

  async #announce(bucket: string, finalized: Finalized): Promise<void> {
    const { notifications } = await this.#ports.buckets.get(bucket);
    for (const notification of notifications) {
      if (wants(notification, finalized)) await this.#publish(notification, finalized);
    }
    await this.#store().announced(bucket, finalized.name, finalized.generation);
  }

  /** Again and again: a topic that is away for a while loses nothing. */
  async #publish(notification: Notification, finalized: Finalized): Promise<void> {
    const { clock, log, publish } = this.#ports;
    const publication = this.#publication(notification, finalized);
    for (let attempt = 0; ; attempt++) {
      this.#stopped.signal.throwIfAborted();
      try {
        return await publish(publication);
      } catch (error) {
        const topic = notification.topic;
        if (attempt === 0) log.warn({ topic, reason: describeError(error) }, 'could not announce');
        const delay_ms = RETRY_DELAYS_MS[Math.min(attempt, RETRY_DELAYS_MS.length - 1)] ?? 0;
        await clock.sleep(delay_ms, this.#stopped.signal);
      }
    }
  }

  #publication(notification: Notification, finalized: Finalized): Publication {
    const { bucket, name, generation, timeCreated } = finalized;
    const resource = toResource(finalized, this.#ports.baseUrl());
    const bare = notification.payload_format === 'NONE';
    return {
      topic: notification.topic,
      data: bare ? Buffer.alloc(0) : Buffer.from(JSON.stringify(resource)),
      attributes: {
        ...notification.custom_attributes,
        bucketId: bucket,
        objectId: name,
        objectGeneration: generation,
        eventType: 'OBJECT_FINALIZE',
        eventTime: timeCreated,
        payloadFormat: notification.payload_format,
        notificationConfig: `projects/_/buckets/${bucket}/notificationConfigs/${notification.id}`,
      },
    };
  }
}

function wants({ event_types, object_name_prefix = '' }: Notification, { name }: Finalized) {
  const types = event_types ?? ['OBJECT_FINALIZE'];
  return types.includes('OBJECT_FINALIZE') && name.startsWith(object_name_prefix);
}
