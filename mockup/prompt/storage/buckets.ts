// Buckets and their notification configurations: one document a bucket.

import { z } from 'zod';
import type { Clock } from '../../platform/clock/clock.ts';
import { ConflictError, type Database } from '../../platform/couch/database.ts';
import { updateDocument } from '../../platform/couch/documents/update-document.ts';
import { checkBucketName } from './object-names.ts';
import { invalid, notFound, StorageError } from './storage-error.ts';

export const EVENT_TYPES = [
  'OBJECT_FINALIZE',
  'OBJECT_DELETE',
  'OBJECT_ARCHIVE',
  'OBJECT_METADATA_UPDATE',
] as const;

const notification = z.object({
  topic: z.string(),
  payload_format: z.enum(['JSON_API_V1', 'NONE']).default('JSON_API_V1'),
  event_types: z.array(z.enum(EVENT_TYPES)).optional(),
  object_name_prefix: z.string().optional(),
  custom_attributes: z.record(z.string(), z.string()).optional(),
});

export type Notification = z.infer<typeof notification> & { id: string };

export interface Bucket {
  _id: string;
  _rev?: string;
  kind: 'bucket';
  name: string;
  timeCreated: string;
  notifications: Notification[];
  lastNotification: number;
}

const TOPIC = /^(?:\/\/pubsub\.googleapis\.com\/)?(projects\/[^/]+\/topics\/[^/]+)$/;
const bucketId = (name: string): string => `bucket:${name}`;

export class Buckets {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Throws 409 where it is there. */
  async create(name: unknown): Promise<Bucket> {
    const checked = checkBucketName(name);
    const bucket: Bucket = {
      _id: bucketId(checked),
      kind: 'bucket',
      name: checked,
      timeCreated: new Date(this.#clock.now()).toISOString(),
      notifications: [],
      lastNotification: 0,
    };
    try {
      await this.#database.put(bucket);
      return bucket;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      throw new StorageError(409, 'conflict', `The bucket ${checked} is there already.`);
    }
  }

  /** Throws 404. */
  async get(name: string): Promise<Bucket> {
    const found = await this.#database.get<Bucket>(bucketId(name));
    if (found) return found;
    throw notFound(`The bucket ${JSON.stringify(name.slice(0, 100))}`);
  }

  list(): Promise<Bucket[]> {
    return this.#database.allDocs<Bucket>({ startKey: 'bucket:', endKey: 'bucket:\u{10ffff}' });
  }

  async remove(name: string): Promise<void> {
    const { _id, _rev = '' } = await this.get(name);
    await this.#database.put({ _id, _rev, _deleted: true });
  }

  async addNotification(bucket: string, given: unknown): Promise<Notification> {
    const read = notification.safeParse(given);
    if (!read.success) throw invalid(`notification: ${read.error.issues[0]?.message}`);
    const [, topic] = TOPIC.exec(read.data.topic) ?? [];
    if (!topic)
      throw invalid('Invalid topic: //pubsub.googleapis.com/projects/P/topics/T is needed');
    let added: Notification | undefined;
    await this.#change(bucket, (current) => {
      const number = current.lastNotification + 1;
      added = { ...read.data, topic, id: String(number) };
      return {
        ...current,
        lastNotification: number,
        notifications: [...current.notifications, added],
      };
    });
    return added as unknown as Notification;
  }

  async removeNotification(bucket: string, id: string): Promise<void> {
    await this.#change(bucket, (current) => {
      const notifications = current.notifications.filter((one) => one.id !== id);
      if (notifications.length === current.notifications.length) {
        throw notFound(`notification ${id.slice(0, 20)}`);
      }
      return { ...current, notifications };
    });
  }

  async #change(name: string, change: (current: Bucket) => Bucket): Promise<void> {
    await updateDocument<Bucket>(this.#database, bucketId(name), (current) => {
      if (!current) throw notFound(`The bucket ${name}`);
      return change(current);
    });
  }
}
