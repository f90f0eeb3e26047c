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
import { StorageError } from './storage-error.ts';

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

/** Of gRPC. */
const NOT_FOUND = 5;
/** A topic that is gone for so long does not come again. */
const TOPIC_GONE_MS = 600_000;
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

  /**
   * Again and again: a topic that is away for a while loses nothing. What a bucket asks for is read
   * anew each time; one topic that is away holds up no other.
   */
  async #announce(bucket: string, finalized: Finalized): Promise<void> {
    const { clock, log } = this.#ports;
    const begun_ms = clock.monotonic();
    const done = new Set<string>();
    for (let attempt = 0; ; attempt++) {
      this.#stopped.signal.throwIfAborted();
      const wanted = await this.#wanted(bucket, finalized);
      const left = wanted.filter(({ id }) => !done.has(id));
      const tried = left.map(async (notification) => {
        const error = await this.#publish(notification, finalized);
        const isGone = (error as { code?: unknown } | undefined)?.code === NOT_FOUND;
        const isOver = isGone && clock.monotonic() - begun_ms > TOPIC_GONE_MS;
        if (!error || isOver) done.add(notification.id);
        const fields = { topic: notification.topic, object: finalized.name };
        if (isOver) log.error(fields, 'the topic of a notification is gone: not announced');
        else if (error && attempt === 0) {
          log.warn({ ...fields, reason: describeError(error) }, 'could not announce');
        }
      });
      await Promise.all(tried);
      if (left.every(({ id }) => done.has(id))) break;
      const delay_ms = RETRY_DELAYS_MS[Math.min(attempt, RETRY_DELAYS_MS.length - 1)] ?? 0;
      await clock.sleep(delay_ms, this.#stopped.signal);
    }
    await this.#store().announced(bucket, finalized.name, finalized.generation);
  }

  /** None where the bucket is gone. */
  async #wanted(bucket: string, finalized: Finalized): Promise<Notification[]> {
    try {
      const { notifications } = await this.#ports.buckets.get(bucket);
      return notifications.filter((notification) => wants(notification, finalized));
    } catch (error) {
      if (error instanceof StorageError && error.status === 404) return [];
      throw error;
    }
  }

  /** Undefined where it is done, else why not. */
  async #publish(notification: Notification, finalized: Finalized): Promise<unknown> {
    try {
      await this.#ports.publish(this.#publication(notification, finalized));
      return undefined;
    } catch (error) {
      return error ?? new Error('not published');
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
