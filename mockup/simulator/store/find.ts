// `_find` over all documents of a store: select, sort, limit, project.

import { compareValues } from '../../couch-server/mango/collation.ts';
import { parseField, setAt, valueAt } from '../../couch-server/mango/field-path.ts';
import type { Query } from '../../platform/couch/database.ts';
import { type DocumentBody, refused } from './document-body.ts';
import { bodyOf, type DocumentStore, isDeleted, type StoredDocument } from './document-store.ts';
import { compareIds } from './id-order.ts';
import { compileSelector } from './selector.ts';

/** Throws DatabaseRefusedError (400) for a selector, a sort or a limit that CouchDB refuses. */
export function findDocuments(store: DocumentStore, query: Query): StoredDocument[] {
  const matches = compileSelector(query.selector);
  const { limit } = query;
  if (limit !== undefined && (!Number.isInteger(limit) || limit < 0)) {
    throw refused(400, `not a limit: ${limit}`);
  }
  const found: StoredDocument[] = [];
  if (matchesNothing(query.selector)) return found;
  for (const document of store.indexes.candidates(query.selector) ?? store.documents()) {
    if (!isDeleted(document) && matches(bodyOf(document))) found.push(document);
  }
  return sorted(found, query.sort).slice(0, limit);
}

/** A query whose `$or` (or `$and`) has nothing to choose from finds nothing; only a filter passes all. */
function matchesNothing({ $or, $and }: Query['selector']): boolean {
  return [$or, $and].some((list) => Array.isArray(list) && list.length === 0);
}

/** The document's `fields` alone, where some are asked for. */
export function project(body: DocumentBody, fields: string[] | undefined): DocumentBody {
  if (!fields) return body;
  const projected: Record<string, unknown> = {};
  for (const field of fields) {
    const path = parseField(field);
    const value = valueAt(body, path);
    if (value !== undefined) setAt(projected, path, value);
  }
  return projected as DocumentBody;
}

/** As an index has it: documents without one of the fields are left out. */
function sorted(documents: StoredDocument[], sort: Query['sort']): StoredDocument[] {
  const keys = (sort ?? []).map(sortKey);
  if (keys.length === 0) return documents;
  if (new Set(keys.map(({ descending }) => descending)).size > 1) {
    throw refused(400, 'a sort must have one direction for all fields');
  }
  const direction = keys[0]?.descending ? -1 : 1;
  return documents
    .map((document) => ({
      document,
      values: keys.map(({ path }) => valueAt(bodyOf(document), path)),
    }))
    .filter(({ values }) => values.every((value) => value !== undefined))
    .sort((a, b) => {
      const order = compareValues(a.values, b.values);
      return direction * (order || compareIds(a.document.id, b.document.id));
    })
    .map(({ document }) => document);
}

function sortKey(entry: string | Record<string, 'asc' | 'desc'>): {
  path: readonly string[];
  descending: boolean;
} {
  const [field, direction] =
    typeof entry === 'string' ? [entry, 'asc'] : (Object.entries(entry)[0] ?? ['', 'asc']);
  return { path: parseField(field), descending: direction === 'desc' };
}
