/** `/db/_local/id`. */
import { badRequest, notFound } from '../couch-error.ts';
import type { JsonObject } from '../store/database.ts';
import type { SqliteDatabase } from '../store/sqlite-database.ts';
import { methodNotAllowed } from './context.ts';
import type { Exchange } from './exchange.ts';
import { encodeSegment } from './path.ts';

export async function localRoute(
  exchange: Exchange,
  database: SqliteDatabase,
  id: string,
): Promise<void> {
  switch (exchange.method) {
    case 'GET':
    case 'HEAD': {
      const document = database.getLocal(id);
      if (!document) throw notFound('missing');
      return exchange.json(200, document);
    }
    case 'PUT': {
      const document = await exchange.readJson();
      if (typeof document !== 'object' || document === null || Array.isArray(document)) {
        throw badRequest('Document must be a JSON object');
      }
      const rev = await database.putLocal(id, document as JsonObject);
      const path = `/${encodeSegment(database.name)}/${encodeSegment(id)}`;
      return exchange.json(201, { ok: true, id, rev }, { Location: exchange.location(path) });
    }
    case 'DELETE': {
      if (!(await database.deleteLocal(id))) throw notFound('missing');
      return exchange.json(200, { ok: true, id, rev: '0-0' });
    }
    default:
      methodNotAllowed(exchange, 'DELETE,GET,HEAD,PUT');
  }
}
