// The `database` section of a buffer manager's configuration: a connect string, and the names of
// the databases.

import { z } from 'zod';

const SERVER = 'couchdb://[USER:PASSWORD@]HOST[:PORT] or couchdbs://…';
const OWN =
  'sqlite:///PATH (relative) or sqlite:////PATH, a directory in which the manager runs a ' +
  'database of its own';
const EITHER = `${SERVER} (CouchDB, or npx draws couchdb), or ${OWN}`;

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

/** A server that somebody runs. */
export const serverEngine = z
  .string({ error: SERVER })
  .refine((text) => isServer(text), { error: SERVER });

/** A server, or a database that the manager runs itself. */
export const engine = z
  .string({ error: EITHER })
  .superRefine((text, context) => {
    const message = engineProblem(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  })
  .default('couchdb://localhost:5984');

/** What is wrong with a connect string: what is expected instead. */
function engineProblem(text: string): string | undefined {
  if (isServer(text)) return undefined;
  if (/^sqlite(\+\w+)?:/.test(text)) return ownPathOf(text) === undefined ? OWN : undefined;
  const foreign = /^(postgres|mysql|mariadb|oracle|mssql)/.exec(text)?.[1];
  if (foreign === undefined) return EITHER;
  const sql = 'records are documents; for queries in SQL there is endmgr export --sql';
  return `${EITHER}, and no ${foreign} server (${sql})`;
}

function isServer(text: string): boolean {
  return /^couchdbs?:\/\/./.test(text) && URL.canParse(httpUrl(text));
}

/**
 * Path of the database that the manager runs itself; undefined where it is a server's. As in
 * SQLAlchemy three slashes are followed by a path, which may begin with a fourth.
 */
export function ownPathOf(connectString: string): string | undefined {
  const path = /^sqlite(?:\+\w+)?:\/\/\/([^?]+)/.exec(connectString)?.[1];
  return path === undefined || path === ':memory:' || path.includes('\0') ? undefined : path;
}

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
