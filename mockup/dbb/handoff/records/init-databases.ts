// The databases of the handoff manager, and the indexes that its queries need.

import type { DatabaseServer } from '../../../platform/couch/database.ts';
import { BY_STATE } from './record-queries.ts';

export interface TableNames {
  file: string;
  batch: string;
}

/** Makes what is missing; does nothing where all is there. */
export async function initDatabases(server: DatabaseServer, names: TableNames): Promise<void> {
  await server.create(names.file);
  await server.create(names.batch);
  await server.open(names.file).ensureIndex(BY_STATE);
}

/** Deletes both databases with all records; returns the names of those that were there. */
export async function dropDatabases(server: DatabaseServer, names: TableNames): Promise<string[]> {
  const there = new Set(await server.names());
  const found = [names.file, names.batch].filter((name) => there.has(name));
  for (const name of found) await server.remove(name);
  return found;
}
