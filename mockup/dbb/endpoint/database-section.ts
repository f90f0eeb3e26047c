// The `database` section of the endpoint manager's configurations.

import { z } from 'zod';
import {
  databaseName,
  engine,
  ignoredEngineSettings,
  tableName,
} from '../records/database-settings.ts';

const ignored = { ...ignoredEngineSettings, pool_class: z.string().nullish() };
const schema = databaseName.nullish();

/** `tablenames: {schema, table}` names the table of files, as the Python manager's guide has it. */
function withFileTable(tablenames: unknown): unknown {
  if (typeof tablenames !== 'object' || tablenames === null) return tablenames;
  const { table, schema, ...others } = tablenames as Record<string, unknown>;
  if (table === undefined || 'file' in others) return tablenames;
  return { ...others, file: { schema, table } };
}

export const fileDatabase = z
  .strictObject({
    engine,
    tablenames: z.preprocess(
      (given) => withFileTable(given) ?? {},
      z.strictObject({ schema, file: tableName.default('files') }),
    ),
    ...ignored,
  })
  .prefault({ tablenames: {} });

export const fileAndEventDatabases = z.strictObject(
  {
    engine,
    tablenames: z.preprocess(
      withFileTable,
      z.strictObject(
        {
          schema,
          file: tableName.default('files'),
          event: z.union([tableName], {
            error: "the name of a database, for this ingester's events",
          }),
        },
        { error: 'the names of two databases: file and event' },
      ),
    ),
    ...ignored,
  },
  { error: 'engine and tablenames' },
);

export interface DatabaseNames {
  files: string;
  /** Marks of contents, see `endpoint-file`. */
  contents: string;
  events: string | undefined;
}

/** `schema` beside the tables is a prefix for those that have none of their own. */
export function databaseNamesOf(tablenames: {
  schema?: string | null | undefined;
  file: string;
  event?: string;
}): DatabaseNames {
  const prefix = tablenames.schema ? `${tablenames.schema}-` : '';
  const files = prefix + tablenames.file;
  return {
    files,
    contents: `${files}-contents`,
    events: tablenames.event === undefined ? undefined : prefix + tablenames.event,
  };
}
