// Objects: their records in the database, their bytes in the content store. The record is written
// when the bytes are there, so an object appears whole, and with it what is still to be announced.

import type { Clock } from '../../../platform/clock/clock.ts';
import {
  type AllDocsOptions,
  ConflictError,
  type Database,
  type Stored,
} from '../../../platform/couch/database.ts';
import { createDocument } from '../../../platform/couch/documents/update-document.ts';
import type { Content, ContentStore } from '../content/content-store.ts';
import { notFound } from '../storage-error.ts';
import { type ObjectMetadata, type ObjectRecord, objectId } from './object-record.ts';

export interface ObjectStorePorts {
  clock: Clock;
  database: Database;
  content: ContentStore;
  /** A new generation of an object is there: to be announced soon. */
  finalized(record: ObjectRecord): void;
}

export interface NewObject {
  bucket: string;
  name: string;
  content: Content;
  fields: ObjectMetadata;
  componentCount?: number | undefined;
  /** Throws where the object as it is now must not be replaced. */
  check(current: ObjectRecord | undefined): void;
}

const ATTEMPTS = 20;

export class ObjectStore {
  readonly #ports: ObjectStorePorts;
  #lastGeneration = 0n;

  constructor(ports: ObjectStorePorts) {
    this.#ports = ports;
  }

  async find(bucket: string, name: string): Promise<ObjectRecord | undefined> {
    return this.#ports.database.get<ObjectRecord>(objectId(bucket, name));
  }

  /** Throws 404, also where another generation is asked for than there is. */
  async get(bucket: string, name: string, generation?: unknown): Promise<ObjectRecord> {
    const found = await this.find(bucket, name);
    if (found && (generation === undefined || generation === found.generation)) return found;
    throw notFound(`No such object: ${bucket}/${name}`);
  }

  /** Records with ids from `startKey` on, in the order of the bytes of their names. */
  list(options: AllDocsOptions): Promise<Stored<ObjectRecord>[]> {
    return this.#ports.database.allDocs<ObjectRecord>(options);
  }

  /** The new record replaces the old one in one write; content that lost is removed. */
  async put(given: NewObject): Promise<ObjectRecord> {
    const { bucket, name, content, fields, componentCount } = given;
    const { clock } = this.#ports;
    try {
      return await this.#change(bucket, name, (current) => {
        given.check(current);
        const generation = this.#newGeneration(current);
        const now = new Date(clock.now()).toISOString();
        const finalized = {
          ...{ bucket, name, content, fields, generation },
          metageneration: 1,
          ...(componentCount !== undefined && { componentCount }),
          timeCreated: now,
          updated: now,
        };
        const unannounced = [...(current?.unannounced ?? []), finalized];
        return withMark({
          _id: objectId(bucket, name),
          kind: 'object',
          ...finalized,
          unannounced,
        });
      });
    } catch (error) {
      await this.#ports.content.remove(content);
      throw error;
    }
  }

  async patch(
    bucket: string,
    name: string,
    change: (current: ObjectRecord) => ObjectMetadata,
  ): Promise<ObjectRecord> {
    return this.#change(bucket, name, (current) => {
      if (!current) throw notFound(`No such object: ${bucket}/${name}`);
      const updated = new Date(this.#ports.clock.now()).toISOString();
      const metageneration = current.metageneration + 1;
      return { ...current, fields: change(current), metageneration, updated };
    });
  }

  async remove(
    bucket: string,
    name: string,
    check: (current: ObjectRecord) => void,
  ): Promise<void> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const current = await this.get(bucket, name);
      check(current);
      await this.#keepUnannounced(current);
      try {
        const { _id, _rev = '' } = current;
        await this.#ports.database.put({ _id, _rev, _deleted: true });
        await this.#ports.content.remove(current.content);
        return;
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
      }
    }
  }

  /** What a deleted object still has to announce, with a document of its own for each generation. */
  async #keepUnannounced({ bucket, name, unannounced }: ObjectRecord): Promise<void> {
    for (const finalized of unannounced) {
      const { generation } = finalized;
      await createDocument(this.#ports.database, {
        _id: pendingId(bucket, name, generation),
        ...{ kind: 'pending', bucket, name, unannounced: [finalized], announcing: true },
      } as { _id: string });
    }
  }

  async #dropPending(bucket: string, name: string, generation: string): Promise<void> {
    const { database } = this.#ports;
    const pending = await database.get(pendingId(bucket, name, generation));
    if (!pending) return;
    const { _id, _rev } = pending;
    await database.put({ _id, _rev, _deleted: true });
  }

  /** Its OBJECT_FINALIZE was published. */
  async announced(bucket: string, name: string, generation: string): Promise<void> {
    const current = await this.find(bucket, name);
    if (!current?.unannounced.some((one) => one.generation === generation)) {
      return this.#dropPending(bucket, name, generation);
    }
    await this.#change(bucket, name, (current) =>
      current?.unannounced.some((one) => one.generation === generation)
        ? withMark({
            ...current,
            unannounced: current.unannounced.filter((one) => one.generation !== generation),
          })
        : undefined,
    );
  }

  async #change(
    bucket: string,
    name: string,
    change: (current: ObjectRecord | undefined) => ObjectRecord | undefined,
  ): Promise<ObjectRecord> {
    for (let attempt = 1; ; attempt++) {
      const current = await this.find(bucket, name);
      const changed = change(current);
      if (!changed) return current as ObjectRecord;
      try {
        const rev = await this.#ports.database.put(
          current?._rev === undefined ? changed : { ...changed, _rev: current._rev },
        );
        const written = { ...changed, _rev: rev };
        if (current && current.content.file !== written.content.file) {
          await this.#ports.content.remove(current.content);
        }
        if (written.generation !== current?.generation) this.#ports.finalized(written);
        return written;
      } catch (error) {
        if (!(error instanceof ConflictError) || attempt >= ATTEMPTS) throw error;
      }
    }
  }

  #newGeneration(current: ObjectRecord | undefined): string {
    const now = BigInt(Math.floor(this.#ports.clock.now())) * 1000n;
    const above = [this.#lastGeneration, BigInt(current?.generation ?? 0)];
    const lowest = above.reduce((a, b) => (a > b ? a : b)) + 1n;
    this.#lastGeneration = now > lowest ? now : lowest;
    return String(this.#lastGeneration);
  }
}

/** No bucket's name has a colon. */
function pendingId(bucket: string, name: string, generation: string): string {
  return `pending:${bucket}/${name}#${generation}`;
}

function withMark({ announcing: _, ...record }: ObjectRecord): ObjectRecord {
  return record.unannounced.length > 0 ? { ...record, announcing: true } : record;
}
