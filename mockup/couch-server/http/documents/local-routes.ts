/** `/db/_local/id`, and the list of them all. */
import { badRequest, notFound } from '../../couch-error.ts';
import { byGeneration, canonicalRevision } from '../../store/documents/rev-tree.ts';
import { type LocalEdit, parseLocal } from '../../store/local-documents.ts';
import { checkRevisions } from '../../store/reader.ts';
import type { SqliteDatabase } from '../../store/sqlite-database.ts';
import { methodNotAllowed, type ServerContext } from '../context.ts';
import type { Exchange } from '../exchange.ts';
import { encodeSegment } from '../wire/path.ts';
import { lastJson, lastOf } from '../wire/query.ts';
import { givenRev } from '../wire/write-answer.ts';
import { copyDocument } from './copy-route.ts';
import { formUpload } from './document-routes.ts';

export async function localRoute(
  exchange: Exchange,
  context: ServerContext,
  database: SqliteDatabase,
  id: string,
): Promise<void> {
  switch (exchange.method) {
    case 'GET':
    case 'HEAD':
      return getLocal(exchange, database, id);
    case 'PUT':
      return putLocal(exchange, context, database, id);
    case 'DELETE': {
      if (!database.getLocal(id)) throw notFound('missing');
      givenRev(exchange);
      if (!(await database.deleteLocal(id))) throw notFound('missing');
      return exchange.json(200, { ok: true, id, rev: '0-0' });
    }
    case 'COPY':
      return copyDocument(exchange, context, database, id);
    case 'POST':
      return formUpload(exchange);
    default:
      methodNotAllowed(exchange, 'DELETE,GET,HEAD,POST,PUT,COPY');
  }
}

function getLocal(exchange: Exchange, database: SqliteDatabase, id: string): void {
  const { query } = exchange;
  const openRevs = lastOf(query, 'open_revs');
  const rev = query.get('latest') === 'true' ? null : lastOf(query, 'rev');
  if (rev !== null) canonicalRevision(rev);
  if (openRevs === 'all') throw notFound('missing');
  const revs = checkRevisions(lastJson(query, 'open_revs') ?? []);
  // They have no revisions that could be asked for.
  if (revs.length > 0) {
    const missing = [...new Set(revs)].sort(byGeneration).map((one) => ({ missing: one }));
    exchange.json(200, missing);
    return;
  }
  const document = rev !== null ? undefined : database.getLocal(id);
  if (!document) throw notFound('missing');
  const [, n = ''] = String(document._rev).split('-');
  const history = query.getAll('revs').includes('true')
    ? { _revisions: { start: 0, ids: [n] } }
    : {};
  exchange.json(200, { ...document, ...history });
}

async function putLocal(
  exchange: Exchange,
  context: ServerContext,
  database: SqliteDatabase,
  id: string,
): Promise<void> {
  const given = givenRev(exchange);
  const document = await exchange.readJson();
  const edit = parseLocal(id, document, context.limits.maxDocumentSize, given);
  if (exchange.query.get('new_edits') === 'false' && edit.n === 1) {
    const needed = 'the document needs `_rev` or `_revisions` specified';
    throw badRequest(`When \`new_edits: false\`, ${needed}`);
  }
  await writeLocal(exchange, database, edit);
}

/** Writes one and answers. */
export async function writeLocal(
  exchange: Exchange,
  database: SqliteDatabase,
  edit: LocalEdit,
): Promise<void> {
  const { id, deleted } = edit;
  const [rev = ''] = await database.writeLocals([edit]);
  if (exchange.query.get('batch') === 'ok') return exchange.json(202, { ok: true, id });
  const path = `/${encodeSegment(database.name)}/${encodeSegment(id)}`;
  const headers = { Location: exchange.location(path) };
  const status = deleted && exchange.method === 'PUT' ? 200 : 201;
  exchange.json(status, { ok: true, id, rev }, headers);
}
