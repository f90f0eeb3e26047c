// A database of the shipped store as those see it who look at it from outside.

import type { SqliteDatabase } from '../../couch-server/store/sqlite-database.ts';
import type { DocumentBody } from '../store/document-body.ts';
import type { ObservedStore } from '../store/observed-store.ts';

const COLUMNS = 'SELECT id, rev, body FROM docs WHERE deleted = 0';
const NO_DESIGN = `NOT (id >= '_design/' AND id < '_design0')`;
const ALL = `${COLUMNS} AND ${NO_DESIGN} ORDER BY id`;
const AFTER = `${COLUMNS} AND ${NO_DESIGN} AND seq > ? ORDER BY seq`;

export function observedDatabase(
  database: () => SqliteDatabase,
  listeners: Set<() => void>,
): ObservedStore {
  const read = (sql: string, ...values: number[]): DocumentBody[] =>
    database()
      .connection.sql(sql)
      .all(...values)
      .map(({ id, rev, body }) => {
        return { _id: String(id), _rev: String(rev), ...(JSON.parse(String(body)) as object) };
      });
  return {
    get lastSeq() {
      return database().newest;
    },
    bodies: () => read(ALL),
    bodiesAfter: (seq) => read(AFTER, seq),
    onWrite(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
