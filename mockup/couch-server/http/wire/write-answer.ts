/** What all writes of one document share: the given revision, the result, and the answer. */
import { requireWriter } from '../../auth/security.ts';
import { badRequest, CouchError, conflict, notImplemented } from '../../couch-error.ts';
import type { EditResult } from '../../store/database.ts';
import type { Edit } from '../../store/documents/document.ts';
import { canonicalRevision } from '../../store/documents/rev-tree.ts';
import type { SqliteDatabase } from '../../store/sqlite-database.ts';
import type { ServerContext } from '../context.ts';
import type { Exchange } from '../exchange.ts';
import { encodeSegment } from './path.ts';

export interface GivenRevisions {
  readonly rev: string | undefined;
  readonly ifMatch: string | undefined;
}

/** What `?rev=` and `If-Match` say. Throws CouchError 400 where they differ or are no revisions. */
export function givenRevs(exchange: Exchange): GivenRevisions {
  const inQuery = exchange.query.size === 0 ? null : exchange.query.get('rev');
  const inHeader = exchange.header('if-match')?.replace(/^"+|"+$/g, '');
  const rev = inQuery === null ? undefined : canonicalRevision(inQuery);
  const ifMatch = inHeader === undefined ? undefined : canonicalRevision(inHeader);
  if (rev !== undefined && ifMatch !== undefined && rev !== ifMatch) {
    throw badRequest('Document rev and etag have different values');
  }
  return { rev, ifMatch };
}

/** The revision given outside the body; undefined for none. Throws CouchError 400. */
export function givenRev(exchange: Exchange): string | undefined {
  const { rev, ifMatch } = givenRevs(exchange);
  return rev ?? ifMatch;
}

export async function writeAndAnswer(
  exchange: Exchange,
  context: ServerContext,
  database: SqliteDatabase,
  edit: Edit,
  newEdits: boolean,
): Promise<void> {
  const stored = admitted(exchange, context, database, edit, newEdits);
  const rev = newEdits ? written(await database.writeEdit(stored)) : (edit.rev as string);
  if (!newEdits) await database.replicateEdits([stored]);
  context.metrics.documentsWritten++;
  answerWritten(exchange, database, edit, rev);
}

/**
 * The edit as it is to be stored. Throws CouchError 403 for what the server's own work can't be
 * done with, and 401, 403, 501 for a design document that this user or nobody may write.
 */
export function admitted(
  exchange: Exchange,
  { extension }: ServerContext,
  database: SqliteDatabase,
  edit: Edit,
  newEdits: boolean,
): Edit {
  if (!edit.id.startsWith('_design/')) {
    return extension?.admit?.(database.name, exchange.user.name, edit) ?? edit;
  }
  requireWriter(exchange.user, database, edit.id);
  if (newEdits) refuseValidation(edit);
  return edit;
}

/** A function that would not be called must not look as if it were. Throws CouchError 501. */
function refuseValidation(edit: Edit): void {
  if (edit.value.validate_doc_update !== undefined) throw notImplemented('validate_doc_update');
}

/** The new revision. Throws CouchError 409. */
export function written(result: EditResult): string {
  if ('ok' in result) return result.rev;
  throw result.error === 'conflict'
    ? conflict()
    : new CouchError(500, result.error, result.reason);
}

export function answerWritten(
  exchange: Exchange,
  database: SqliteDatabase,
  edit: Edit,
  rev: string,
): void {
  const location = exchange.location(`/${encodeSegment(database.name)}/${encodeSegment(edit.id)}`);
  const id = JSON.stringify(edit.id);
  if (exchange.query.get('batch') === 'ok') {
    exchange.jsonText(202, `{"ok":true,"id":${id}}`, { Location: location });
    return;
  }
  const status = edit.deleted && exchange.method === 'PUT' ? 200 : 201;
  const headers = { ETag: `"${rev}"`, Location: location };
  exchange.jsonText(status, `{"ok":true,"id":${id},"rev":"${rev}"}`, headers);
}
