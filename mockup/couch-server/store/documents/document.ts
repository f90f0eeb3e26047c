/**
 * Takes an incoming document apart into what the writer needs: id, given revision, history,
 * attachments and the body as JSON text. All that can be wrong with a document by itself is found
 * here, before any transaction.
 */
import { badRequest, CouchError } from '../../couch-error.ts';
import type { JsonObject } from '../../json-object.ts';
import type { CouchDocument } from '../database.ts';
import { type AttachmentEdit, parseAttachments } from './attachment-edit.ts';
import { canonicalRevision, isHash, MAX_HISTORY, parseRevision } from './rev-tree.ts';

export interface Edit {
  readonly id: string;
  /** The revision given by the client: the parent, or with `new_edits: false` the revision itself. */
  readonly rev: string | undefined;
  /** Hashes from `rev` back, newest first, where `_revisions` came along. */
  readonly hashes: readonly string[] | undefined;
  readonly deleted: boolean;
  /** The document without its special fields. */
  readonly value: JsonObject;
  readonly body: string;
  readonly attachments: readonly AttachmentEdit[];
}

const UNDERSCORE = 95;
/** Levels of lists and objects: index keys, selectors and replication walk documents recursively. */
const DEPTH_MAX = 500;
/** What `GET` adds on request; clients send it back with the document. */
const DERIVED = new Set(['_revs_info', '_conflicts', '_deleted_conflicts', '_local_seq']);
const KEPT = /^_(access|replication_(id|state|state_time|state_reason|stats))$/;
const NONE: readonly AttachmentEdit[] = [];

export interface EditOptions {
  /** Overrides `_id` (a PUT names the document in its path). */
  readonly id?: string;
  /** Given outside the body, by `?rev=`. */
  readonly rev?: string | undefined;
  readonly ifMatch?: string | undefined;
  readonly newEdits: boolean;
  /** Bytes of JSON allowed. */
  readonly maxDocumentSize: number;
}

/** Throws CouchError 400 or 413. */
export function parseEdit(document: unknown, options: EditOptions): Edit {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw badRequest('Document must be a JSON object');
  }
  const given = document as CouchDocument;
  const { value, attachments } = takeApart(given);
  const id = checkId(options.id ?? given._id);
  const body = bodyText(id, value, options.maxDocumentSize);
  const revision = givenRevision(given, options);
  return { id, ...revision, deleted: given._deleted === true, value, body, attachments };
}

/** JSON text of a document's members. Throws CouchError 400 or 413. */
export function bodyText(id: string, value: JsonObject, limit: number): string {
  const body = serialise(value);
  if (body.length > limit || tooLong(body, limit)) {
    throw new CouchError(413, 'document_too_large', id);
  }
  if (body.length > DEPTH_MAX && !isFlatter(value, DEPTH_MAX)) throw tooDeep();
  return body;
}

function serialise(value: JsonObject): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw tooDeep(error);
  }
}

function isFlatter(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  for (const key in value) {
    if (!isFlatter((value as JsonObject)[key], levels - 1)) return false;
  }
  return true;
}

const tooDeep = (cause?: unknown): CouchError =>
  new CouchError(400, 'bad_request', 'Document is nested too deeply', cause);

/** A length in characters says enough for most; only texts near the limit are counted in bytes. */
const tooLong = (body: string, limit: number): boolean =>
  body.length * 3 > limit && Buffer.byteLength(body) > limit;

interface Parts {
  /** The document itself where nothing is special (most new ones), else a copy of the rest. */
  readonly value: JsonObject;
  readonly attachments: readonly AttachmentEdit[];
}

/** Of several mistakes the first one in the document is told, as by CouchDB. Throws CouchError 400. */
export function takeApart(document: CouchDocument): Parts {
  let special = false;
  let attachments = NONE;
  for (const key in document) {
    if (key.charCodeAt(0) !== UNDERSCORE) continue;
    special = true;
    const member = document[key];
    if (member === undefined) continue;
    if (key === '_attachments') attachments = parseAttachments(member);
    else checkSpecial(key, member);
  }
  if (!special) return { value: document, attachments };
  const { _id, _rev, _deleted, _attachments, _revisions, ...rest } = document;
  for (const key in rest) if (DERIVED.has(key)) delete rest[key];
  return { value: rest, attachments };
}

/** Throws CouchError 400. */
function checkSpecial(key: string, member: unknown): void {
  // An id inside the document gives way to that of the path, but must be one.
  if (key === '_id') checkAnyId(member);
  else if (key === '_rev') canonicalRevision(member);
  else if (key === '_revisions') fromHistory(member);
  else if (!isAllowed(key) || (key === '_deleted' && typeof member !== 'boolean')) {
    throw invalid(`Bad special document member: ${key}`);
  }
}

function isAllowed(key: string): boolean {
  return key === '_deleted' || DERIVED.has(key) || KEPT.test(key);
}

/** Throws CouchError 400 for an id that cannot name a document of the update log. */
export function checkId(id: unknown): string {
  if (typeof id !== 'string' || !id.startsWith('_local/')) return checkAnyId(id);
  throw new CouchError(400, 'illegal_docid', 'A _local document is written by PUT /db/_local/…');
}

/** Throws CouchError 400 for an id that cannot name any document. */
export function checkAnyId(id: unknown): string {
  if (typeof id !== 'string') {
    throw new CouchError(400, 'illegal_docid', 'Document id must be a string');
  }
  if (id === '') throw new CouchError(400, 'illegal_docid', 'Document id must not be empty');
  if (id.charCodeAt(0) === UNDERSCORE && !/^_(design|local)\/./s.test(id)) {
    const reason = 'Only reserved document ids may start with underscore.';
    throw new CouchError(400, 'illegal_docid', reason);
  }
  if (id.length > 4096) throw new CouchError(400, 'illegal_docid', 'Document id is too long');
  if (!id.isWellFormed() || id.includes('\0')) {
    throw new CouchError(400, 'illegal_docid', 'Document id must be valid Unicode without NUL');
  }
  return id;
}

function givenRevision(
  document: CouchDocument,
  options: EditOptions,
): Pick<Edit, 'rev' | 'hashes'> {
  const own = revisionInside(document);
  const { rev, ifMatch } = options;
  const inside = own.rev;
  if (inside !== undefined && rev !== undefined && rev !== inside) {
    throw badRequest('Document rev from request body and query string have different values');
  }
  if (inside !== undefined && ifMatch !== undefined && ifMatch !== inside) {
    throw badRequest('Document rev and etag have different values');
  }
  if (inside !== undefined) return own;
  const outside = rev ?? ifMatch;
  if (outside === undefined && !options.newEdits) {
    const needed = 'the document needs `_rev` or `_revisions` specified';
    throw badRequest(`When \`new_edits: false\`, ${needed}`);
  }
  return { rev: outside, hashes: undefined };
}

/** `_revisions` says more than `_rev`, which is not looked at beside it. */
function revisionInside(document: CouchDocument): Pick<Edit, 'rev' | 'hashes'> {
  const history = document._revisions;
  const known = history === undefined ? undefined : fromHistory(history);
  if (known) return known;
  const rev = document._rev;
  return {
    rev: rev === undefined ? undefined : canonicalRevision(rev),
    hashes: undefined,
  };
}

function fromHistory(history: unknown): Pick<Edit, 'rev' | 'hashes'> | undefined {
  if (!isObject(history)) throw invalid('Bad special document member: _revisions');
  const { start, ids } = history;
  if (!Number.isSafeInteger(start) || (start as number) < 0) {
    throw invalid("_revisions.start isn't an integer.");
  }
  if (!Array.isArray(ids)) throw invalid("_revisions.ids isn't a array.");
  if (ids.some((hash) => typeof hash !== 'string')) throw invalid("RevId isn't a string");
  const generation = start as number;
  const hashes = (ids as string[]).slice(0, Math.min(MAX_HISTORY, generation)).map(hashOfId);
  if (hashes.length === 0) return undefined;
  return { rev: `${generation}-${hashes[0]}`, hashes };
}

function hashOfId(id: string): string {
  if (!isHash(id)) throw invalid("RevId isn't a valid hexadecimal");
  try {
    return parseRevision(`1-${id}`).hash;
  } catch (error) {
    throw invalid("RevId isn't a revision", error);
  }
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const invalid = (reason: string, cause?: unknown): CouchError =>
  new CouchError(400, 'doc_validation', reason, cause);
