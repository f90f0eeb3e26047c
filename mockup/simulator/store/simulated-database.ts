// The database port over an in-memory store. Each call takes effect at once and answers a moment
// later; what goes in and what comes out are copies.

import {
  type AllDocsOptions,
  type Attachment,
  ConflictError,
  type Database,
  DatabaseRefusedError,
  type Document,
  type LeafRevision,
  type Lookup,
  type Query,
  type Stored,
  type TakePage,
  type Writable,
  type WriteResult,
} from '../../platform/couch/database.ts';
import { generationOf } from '../../platform/couch/exclusive/leaf-order.ts';
import type { AttachmentStub } from './attachment-store.ts';
import { followChanges, sequence } from './changes-feed.ts';
import type { DocumentBody } from './document-body.ts';
import {
  bodyOf,
  type DocumentStore,
  freshBodyOf,
  isDeleted,
  type StoredDocument,
  withConflicts,
} from './document-store.ts';
import { findDocuments, project } from './find.ts';
import { compareIds } from './id-order.ts';
import type { StoreAccess } from './store-access.ts';

export function createSimulatedDatabase(name: string, access: StoreAccess): Database {
  const store = (): DocumentStore => access.require();

  return {
    name,
    info: async () => infoOf(store()),
    async get<T = Document>(id: string) {
      return livingDocument(store(), id) as Stored<T> | undefined;
    },
    async getMany<T = Document>(ids: readonly string[]) {
      const here = store();
      return ids.map((id): Lookup<T> => {
        const document = here.get(id);
        if (!document) return { missing: true };
        if (isDeleted(document)) return { deleted: true };
        return { doc: freshBodyOf(document) as unknown as Stored<T> };
      });
    },
    async leaves<T = Document>(ids: readonly string[]) {
      const here = store();
      return ids.map((id) => leavesOf<T>(here.get(id)));
    },
    async put(doc) {
      return store().write(doc);
    },
    async bulk(docs) {
      return writeAll(store(), docs);
    },
    async find<T = Document>(query: Query) {
      return findDocuments(store(), query).map((document) =>
        project(withConflicts(document, query.conflicts), query.fields),
      ) as Stored<T>[];
    },
    async findInPages<T = Document>(query: Query, take: TakePage<T>) {
      const found = await this.find<T>(query);
      if (found.length > 0) await take(found);
    },
    async allDocs<T = Document>({ design, startKey, endKey, limit }: AllDocsOptions = {}) {
      const found: Stored<T>[] = [];
      // Its indexes are no documents.
      if (design) return found;
      for (const document of store().documents(startKey, endKey)) {
        if (limit !== undefined && found.length >= limit) break;
        if (!isDeleted(document)) found.push(freshBodyOf(document) as unknown as Stored<T>);
      }
      return found;
    },
    exclusive: exclusiveOf(store),
    newestIds: async (limit) => store().newestIds(limit),
    follow: (options) => followChanges(access, options),
    async putAttachment(id, rev, attachmentName, attachment) {
      return writeAttachment(store(), id, rev, attachmentName, attachment);
    },
    async getAttachment(id, attachmentName) {
      const here = store();
      const stub = attachmentsOf(livingDocument(here, id))[attachmentName];
      const content = stub && here.attachments.get(stub.digest);
      if (!stub || !content) return undefined;
      return { contentType: stub.content_type, content: Uint8Array.from(content) };
    },
    async ensureIndex() {
      // Every query looks at every document: no index is needed, but the database is.
      store();
    },
  };
}

function infoOf({ lastSeq, count }: DocumentStore) {
  return { updateSeq: sequence(lastSeq), docCount: count, copies: 1, file_bytes: 0 };
}

/** One server: the first write wins. */
function exclusiveOf(store: () => DocumentStore): Database['exclusive'] {
  return {
    async read<T>(id: string) {
      return { current: livingDocument(store(), id) as Stored<T> | undefined, known: new Set() };
    },
    async write(doc) {
      return store().write(doc);
    },
    async writeMany(docs) {
      return writeAll(store(), docs);
    },
  };
}

function leavesOf<T>(document: StoredDocument | undefined): LeafRevision<T>[] {
  if (!document) return [];
  return document.leaves.map(({ rev, deleted, history }) => {
    const doc = freshBodyOf(document, rev) as unknown as Stored<T>;
    return { rev, deleted, history, doc };
  });
}

/** Sequences within one request follow the order of ids, as in CouchDB. */
function writeAll(store: DocumentStore, docs: readonly Writable[]): WriteResult[] {
  const results: WriteResult[] = [];
  const places = docs.map((_, place) => place);
  const idAt = (place: number): string => docs[place]?._id ?? '';
  for (const place of places.sort((a, b) => compareIds(idAt(a), idAt(b)) || a - b)) {
    results[place] = writeOne(store, docs[place] as Writable);
  }
  return results;
}

function writeOne(store: DocumentStore, doc: Writable): WriteResult {
  try {
    return { id: doc._id, ok: true, rev: store.write(doc) };
  } catch (error) {
    if (error instanceof ConflictError) return { id: doc._id, ok: false, error: 'conflict' };
    if (!(error instanceof DatabaseRefusedError)) throw error;
    return { id: doc._id, ok: false, error: 'bad_request', reason: error.message };
  }
}

function writeAttachment(
  store: DocumentStore,
  id: string,
  rev: string,
  name: string,
  { contentType, content }: Attachment,
): string {
  const current = store.get(id);
  if (!current || bodyOf(current)._rev !== rev) throw new ConflictError(store.name, id);
  const body = freshBodyOf(current);
  const stub = store.attachments.add(contentType, content, generationOf(rev) + 1);
  const data = Buffer.from(content).toString('base64');
  return store.write({
    ...body,
    _attachments: { ...attachmentsOf(body), [name]: { ...stub, data } },
  } as DocumentBody);
}

function livingDocument(store: DocumentStore, id: string): DocumentBody | undefined {
  const document = store.get(id);
  return document && !isDeleted(document) ? freshBodyOf(document) : undefined;
}

function attachmentsOf(body: DocumentBody | undefined): Record<string, AttachmentStub> {
  return body?._attachments ?? {};
}
