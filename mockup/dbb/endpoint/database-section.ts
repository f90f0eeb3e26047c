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

export const fileDatabase = z
  .strictObject({
    engine,
    tablenames: z.strictObject({ schema, file: tableName.default('files') }).prefault({}),
    ...ignored,
  })
  .prefault({});

export const fileAndEventDatabases = z.strictObject(
  {
    engine,
    tablenames: z.strictObject(
      {
        schema,
        file: tableName.default('files'),
        event: z.union([tableName], {
          error: "the name of a database, for this ingester's events",
        }),
      },
      { error: 'the names of two databases: file and event' },
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
