// The databases of an endpoint: made where they are missing, with the indexes that the ingesters ask.

import type { DatabaseServer } from '../../platform/couch/database.ts';
import type { DatabaseNames } from './database-section.ts';

/** Documents of a status in the order of their ids. */
export const BY_STATUS = ['status', '_id'] as const;
/** Failures that are tried again; other documents are not in it. */
export const BY_RETRY = ['retry_on'] as const;

/** Names of those that were made. */
export async function prepareDatabases(
  server: DatabaseServer,
  { files, contents, events }: DatabaseNames,
): Promise<string[]> {
  const made: string[] = [];
  for (const name of [files, contents, ...(events === undefined ? [] : [events])]) {
    if ((await server.create(name)) === 'created') made.push(name);
  }
  if (events === undefined) return made;
  const database = server.open(events);
  await database.ensureIndex(BY_STATUS);
  await database.ensureIndex(BY_RETRY);
  return made;
}

/** Names of those that were there. */
export async function dropDatabases(
  server: DatabaseServer,
  { files, contents, events }: DatabaseNames,
): Promise<string[]> {
  const there = await server.names();
  const wanted = [files, contents, ...(events === undefined ? [] : [events])];
  const dropped = wanted.filter((name) => there.includes(name));
  for (const name of dropped) await server.remove(name);
  return dropped;
}
