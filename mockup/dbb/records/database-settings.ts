// The `database` section of a buffer manager's configuration: a connect string, and the names of
// the databases.

import { z } from 'zod';

const ENGINE =
  'couchdb://[USER:PASSWORD@]HOST[:PORT] or couchdbs://… (records are kept in CouchDB: ' +
  'run one, or npx draws couchdb, and name it here)';

/** CouchDB's own rule for the names of databases. */
const DATABASE_NAME = /^[a-z][a-z0-9_$()+/-]*$/;

export const databaseName = z.string({ error: 'the name of a database' }).regex(DATABASE_NAME, {
  error: 'the name of a database: lower-case letters, digits and _$()+/-, a letter first',
});

/** A name, or as the Python managers have it: a table, with a schema that becomes a prefix. */
export const tableName = z.union(
  [
    databaseName,
    z
      .strictObject({ schema: databaseName.nullish(), table: databaseName })
      .transform(({ schema, table }) => (schema ? `${schema}-${table}` : table)),
  ],
  { error: 'the name of a database' },
);

export const engine = z
  .string({ error: ENGINE })
  .refine((text) => /^couchdbs?:\/\/./.test(text) && URL.canParse(httpUrl(text)), {
    error: ENGINE,
  })
  .default('couchdb://localhost:5984');

/** Settings of SQLAlchemy in configurations of the Python managers; they mean nothing here. */
export const ignoredEngineSettings = {
  echo: z.boolean().optional(),
  pool_type: z.string().optional(),
};

/** `couchdb://host` → `http://host:5984`, `couchdbs://…` → `https://…`. */
export function couchUrlOf(connectString: string): string {
  const url = new URL(httpUrl(connectString));
  if (url.port === '' && !/:443(\/|$)/.test(connectString)) url.port = defaultPort(url);
  return url.href.replace(/\/+$/, '');
}

function defaultPort({ protocol }: URL): string {
  return protocol === 'https:' ? '6984' : '5984';
}

function httpUrl(connectString: string): string {
  return connectString.replace(/^couchdb/, 'http');
}
