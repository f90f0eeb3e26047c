// One database of a CouchDB server through nano. Calls wait while the server is away (OutageRetry).
// A write whose answer was lost on the way is recognised when it is repeated: it conflicts with
// itself.

import type nano from 'nano';
import { indexName } from '../../../core/declared-query.ts';
import {
  type AllDocsOptions,
  ConflictError,
  type Database,
  type DatabaseInfo,
  type Document,
  type LeafRevision,
  type Lookup,
  type Query,
  type Stored,
  type TakePage,
  type Writable,
  type WriteResult,
} from '../database.ts';
import { createExclusiveWrites, type ExclusiveWrites } from '../exclusive/exclusive-writes.ts';
import { type BulkGetResult, leavesOf } from '../exclusive/leaf-order.ts';
import { ChangesFeed } from '../feeds/changes-feed.ts';
import { PageSize } from '../feeds/page-size.ts';
import type { CouchAddress } from '../reaching/couch-address.ts';
import { couchError, isStatus } from '../reaching/couch-errors.ts';
import type { OutageRetry } from '../reaching/outage-retry.ts';
import { textOf, writeInBatches } from './bulk-batches.ts';
import { bytesOf, isMissingDocument, sameContent, writeResult } from './nano-answers.ts';

export interface NanoDatabaseOptions {
  client: nano.ServerScope;
  address: CouchAddress;
  name: string;
  outages: OutageRetry;
  /** Of the changes feeds; default: the system's. */
  fetch?: typeof fetch | undefined;
}

export function createNanoDatabase(options: NanoDatabaseOptions): Database {
  return new NanoDatabase(options);
}

class NanoDatabase implements Database {
  readonly name: string;
  readonly exclusive: ExclusiveWrites;
  readonly #options: NanoDatabaseOptions;
  readonly #scope: nano.DocumentScope<unknown>;
  #copies: number | undefined;

  constructor(options: NanoDatabaseOptions) {
    this.name = options.name;
    this.#options = options;
    this.#scope = options.client.use(options.name);
    this.exclusive = createExclusiveWrites(this, options.outages.options.clock);
  }

  async info(): Promise<DatabaseInfo> {
    const info = await this.#call('info', () => this.#scope.info());
    const { cluster, sizes } = info as { cluster?: { n?: number }; sizes?: { file?: number } };
    const copies = cluster?.n ?? 1;
    this.#copies = copies;
    const updateSeq = String(info.update_seq);
    return { updateSeq, docCount: info.doc_count, copies, file_bytes: sizes?.file ?? 0 };
  }

  /** Asked for once: a database keeps its number of copies. */
  async copies(): Promise<number> {
    return this.#copies ?? (await this.info()).copies;
  }

  get<T = Document>(id: string): Promise<Stored<T> | undefined> {
    return this.#call(`get of ${id}`, async () => {
      try {
        return (await this.#scope.get(id)) as Stored<T>;
      } catch (error) {
        if (isMissingDocument(error)) return undefined;
        throw error;
      }
    });
  }

  async getMany<T = Document>(ids: readonly string[]): Promise<Lookup<T>[]> {
    if (ids.length === 0) return [];
    const { rows } = await this.#call('look-up', () => this.#scope.fetch({ keys: [...ids] }));
    return rows.map((row): Lookup<T> => {
      if ('error' in row) return { missing: true };
      if ('deleted' in row.value) return { deleted: true };
      return { doc: row.doc as Stored<T> };
    });
  }

  async leaves<T = Document>(ids: readonly string[]): Promise<LeafRevision<T>[][]> {
    if (ids.length === 0) return [];
    const { results } = (await this.#call('look-up of leaves', () =>
      this.#options.client.request({
        db: this.name,
        path: '_bulk_get',
        method: 'post',
        qs: { revs: true },
        body: { docs: ids.map((id) => ({ id })) },
      }),
    )) as { results: BulkGetResult<T>[] };
    return results.map(({ docs }) => leavesOf(docs));
  }

  put<T extends Writable>(doc: T): Promise<string> {
    return this.#call(`put of ${doc._id}`, async (attempt) => {
      try {
        return (await this.#scope.insert(doc as nano.MaybeDocument)).rev;
      } catch (error) {
        if (!isStatus(error, 409)) throw error;
        const rev = attempt > 0 ? await this.#revOfOwnWrite(doc) : undefined;
        if (rev !== undefined) return rev;
        throw new ConflictError(this.name, doc._id);
      }
    });
  }

  async bulk<T extends Writable>(docs: readonly T[]): Promise<WriteResult[]> {
    const written = new Map<string, T>(docs.map((doc) => [doc._id, doc]));
    return writeInBatches(docs.map(textOf), (batch) =>
      this.#call('bulk write', async (attempt) => {
        const answers = (await this.#options.client.request({
          db: this.name,
          path: '_bulk_docs',
          method: 'post',
          body: `{"docs":[${batch.map(({ json }) => json).join(',')}]}`,
          dontStringify: true,
          headers: { 'Content-Type': 'application/json' },
        } as nano.RequestOptions)) as nano.DocumentBulkResponse[];
        const results = answers.map(writeResult);
        if (attempt > 0) await this.#recogniseOwnWrites(written, results);
        return results;
      }),
    );
  }

  async find<T = Document>(query: Query): Promise<Stored<T>[]> {
    const found: Stored<T>[] = [];
    await this.findInPages<T>(query, (docs) => void found.push(...docs));
    return found;
  }

  async findInPages<T = Document>(query: Query, take: TakePage<T>): Promise<void> {
    const { index, limit = Number.POSITIVE_INFINITY, ...rest } = query;
    const size = new PageSize();
    let bookmark: string | undefined;
    for (let count = 0; count < limit; ) {
      const page = size.next(limit - count);
      const mango = { ...rest, limit: page, ...(bookmark ? { bookmark } : {}) };
      const use = index === undefined ? {} : { use_index: index };
      const answer = await this.#call('find', () =>
        this.#scope.find({ ...mango, ...use } as nano.MangoQuery),
      );
      const docs = answer.docs as unknown as Stored<T>[];
      size.learn(docs);
      count += docs.length;
      bookmark = answer.bookmark;
      if (docs.length > 0) await take(docs);
      if (docs.length < page) break;
    }
  }

  async allDocs<T = Document>(options: AllDocsOptions = {}): Promise<Stored<T>[]> {
    const found: Stored<T>[] = [];
    const size = new PageSize();
    const { design = false, limit = Number.POSITIVE_INFINITY } = options;
    const endkey = design ? '_design0' : options.endKey;
    let startkey = design ? '_design/' : options.startKey;
    let skip = 0;
    while (found.length < limit) {
      const page = size.next(Number.POSITIVE_INFINITY);
      const { rows } = await this.#call('listing', () =>
        this.#scope.list({
          include_docs: true,
          limit: page,
          skip,
          ...(startkey === undefined ? {} : { startkey }),
          ...(endkey === undefined ? {} : { endkey }),
        }),
      );
      const docs = rows
        .filter((row) => row.id.startsWith('_design/') === design)
        .map((row) => row.doc);
      found.push(...(docs as unknown as Stored<T>[]));
      const last = rows.at(-1);
      if (rows.length < page || !last) break;
      size.learn(docs);
      startkey = last.id;
      skip = 1;
    }
    return found.slice(0, limit);
  }

  async newestIds(limit: number): Promise<string[]> {
    const { results } = await this.#call('newest changes', () =>
      this.#scope.changes({ descending: true, limit }),
    );
    return results
      .filter(({ id, deleted }) => !deleted && !id.startsWith('_design/'))
      .map(({ id }) => id);
  }

  follow(options: Parameters<Database['follow']>[0]): ChangesFeed {
    const { address, outages, fetch } = this.#options;
    const copies = (): Promise<number> => this.copies();
    return new ChangesFeed({ ...options, database: this, copies, address, outages, fetch });
  }

  putAttachment(
    id: string,
    rev: string,
    name: string,
    attachment: { contentType: string; content: Uint8Array },
  ): Promise<string> {
    return this.#call(`attachment ${name} of ${id}`, async () => {
      const content = Buffer.from(attachment.content);
      try {
        const { contentType } = attachment;
        return (await this.#scope.attachment.insert(id, name, content, contentType, { rev })).rev;
      } catch (error) {
        if (isStatus(error, 409)) throw new ConflictError(this.name, id);
        throw error;
      }
    });
  }

  getAttachment(id: string, name: string) {
    return this.#call(`attachment ${name} of ${id}`, async () => {
      try {
        const doc = (await this.#scope.get(id)) as {
          _attachments?: Record<string, { content_type: string }>;
        };
        const stub = doc._attachments?.[name];
        if (!stub) return undefined;
        const content: unknown = await this.#scope.attachment.get(id, name);
        return { contentType: stub.content_type, content: bytesOf(content) };
      } catch (error) {
        if (isMissingDocument(error)) return undefined;
        throw error;
      }
    });
  }

  async ensureIndex(fields: readonly string[]): Promise<void> {
    const name = indexName(fields);
    const index = { index: { fields: [...fields] }, ddoc: name, name, type: 'json' as const };
    await this.#call(`index ${name}`, async () => {
      try {
        await this.#scope.createIndex(index);
      } catch (error) {
        // A member may not make indexes; one that is there needs nobody to make it.
        if (isStatus(error, 401) || isStatus(error, 403)) return this.#needIndex(name, error);
        if (!isStatus(error, 409)) throw error;
        // Another process made its design document at this moment; then it is there already.
        await this.#scope.createIndex(index);
      }
    });
  }

  async #needIndex(name: string, refusal: unknown): Promise<void> {
    await this.#scope.get(`_design/${name}`).catch(() => {
      throw refusal;
    });
  }

  #call<T>(what: string, run: (attempt: number) => Promise<T>): Promise<T> {
    return this.#options.outages.run(async (attempt) => {
      try {
        return await run(attempt);
      } catch (error) {
        if (error instanceof ConflictError) throw error;
        throw couchError(error, `${what} in ${this.name}`, this.#options.address.url);
      }
    });
  }

  async #revOfOwnWrite(doc: Writable): Promise<string | undefined> {
    const current = (await this.#scope.get(doc._id).catch(() => undefined)) as
      | Document
      | undefined;
    return current && sameContent(current, doc) ? current._rev : undefined;
  }

  async #recogniseOwnWrites(
    written: ReadonlyMap<string, Writable>,
    results: WriteResult[],
  ): Promise<void> {
    for (const [index, result] of results.entries()) {
      const doc = written.get(result.id);
      if (result.ok || result.error !== 'conflict' || !doc) continue;
      const rev = await this.#revOfOwnWrite(doc);
      // Which copies have it is not known: on a cluster it may be a minority.
      if (rev !== undefined) results[index] = { id: doc._id, ok: true, rev, accepted: true };
    }
  }
}
