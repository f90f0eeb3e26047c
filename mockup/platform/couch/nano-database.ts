// One database of a CouchDB server through nano. Calls wait while the server is away (Patience).
// A write whose answer was lost on the way is recognised when it is repeated: it conflicts with
// itself.

import { isDeepStrictEqual } from 'node:util';
import type nano from 'nano';
import { indexName } from '../../core/declared-query.ts';
import { ChangesFeed } from './changes-feed.ts';
import type { CouchAddress } from './couch-address.ts';
import { couchError, isStatus } from './couch-errors.ts';
import {
  type AllDocsOptions,
  ConflictError,
  type Database,
  type Document,
  type Lookup,
  type Query,
  type Stored,
  type Writable,
  type WriteResult,
} from './database.ts';
import type { Patience } from './patience.ts';

const PAGE = 1000;

export interface NanoDatabaseOptions {
  client: nano.ServerScope;
  address: CouchAddress;
  name: string;
  patience: Patience;
}

export function createNanoDatabase(options: NanoDatabaseOptions): Database {
  return new NanoDatabase(options);
}

class NanoDatabase implements Database {
  readonly name: string;
  readonly #options: NanoDatabaseOptions;
  readonly #scope: nano.DocumentScope<unknown>;

  constructor(options: NanoDatabaseOptions) {
    this.name = options.name;
    this.#options = options;
    this.#scope = options.client.use(options.name);
  }

  async info(): Promise<{ updateSeq: string; docCount: number }> {
    const info = await this.#call('info', () => this.#scope.info());
    return { updateSeq: String(info.update_seq), docCount: info.doc_count };
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
    if (docs.length === 0) return [];
    return this.#call('bulk write', async (attempt) => {
      const answers = await this.#scope.bulk({ docs: docs as unknown as object[] });
      const results = answers.map(writeResult);
      if (attempt > 0) await this.#recogniseOwnWrites(docs, results);
      return results;
    });
  }

  async find<T = Document>(query: Query): Promise<Stored<T>[]> {
    const { index, limit = Number.POSITIVE_INFINITY, ...rest } = query;
    const found: Stored<T>[] = [];
    let bookmark: string | undefined;
    while (found.length < limit) {
      const page = Math.min(PAGE, limit - found.length);
      const mango = { ...rest, limit: page, ...(bookmark ? { bookmark } : {}) };
      const use = index === undefined ? {} : { use_index: index };
      const answer = await this.#call('find', () =>
        this.#scope.find({ ...mango, ...use } as nano.MangoQuery),
      );
      found.push(...(answer.docs as unknown as Stored<T>[]));
      if (answer.docs.length < page) break;
      bookmark = answer.bookmark;
    }
    return found;
  }

  async allDocs<T = Document>(options: AllDocsOptions = {}): Promise<Stored<T>[]> {
    const found: Stored<T>[] = [];
    const { design = false, limit = Number.POSITIVE_INFINITY } = options;
    const endkey = design ? '_design0' : options.endKey;
    let startkey = design ? '_design/' : options.startKey;
    let skip = 0;
    while (found.length < limit) {
      const { rows } = await this.#call('listing', () =>
        this.#scope.list({
          include_docs: true,
          limit: PAGE,
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
      if (rows.length < PAGE || !last) break;
      startkey = last.id;
      skip = 1;
    }
    return found.slice(0, limit);
  }

  follow(options: Parameters<Database['follow']>[0]): ChangesFeed {
    const { address, patience } = this.#options;
    return new ChangesFeed({ ...options, database: this, address, patience });
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
    return this.#options.patience.run(async (attempt) => {
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

  async #recogniseOwnWrites(docs: readonly Writable[], results: WriteResult[]): Promise<void> {
    for (const [index, result] of results.entries()) {
      const doc = docs[index];
      if (result.ok || result.error !== 'conflict' || !doc) continue;
      const rev = await this.#revOfOwnWrite(doc);
      if (rev !== undefined) results[index] = { id: doc._id, ok: true, rev };
    }
  }
}

function writeResult(answer: nano.DocumentBulkResponse): WriteResult {
  if (answer.error === undefined) return { id: answer.id, ok: true, rev: String(answer.rev) };
  if (answer.error === 'conflict') return { id: answer.id, ok: false, error: 'conflict' };
  return { id: answer.id, ok: false, error: answer.error, reason: answer.reason ?? '' };
}

/** A 404 for the document; one for the database itself, or of no CouchDB server, is an error. */
function isMissingDocument(error: unknown): boolean {
  const { reason } = error as { reason?: string };
  return isStatus(error, 404) && reason !== undefined && reason !== 'Database does not exist.';
}

function sameContent(one: Document, other: Writable): boolean {
  const { _rev: _one, ...a } = one;
  const { _rev: _other, ...b } = other;
  return isDeepStrictEqual(a, JSON.parse(JSON.stringify(b)));
}

function bytesOf(content: unknown): Uint8Array {
  if (content instanceof Uint8Array) return new Uint8Array(content);
  return new TextEncoder().encode(typeof content === 'string' ? content : JSON.stringify(content));
}
