// The databases of an endpoint: made where they are missing, with the indexes that the ingesters ask.

import {
  type Database,
  DatabaseRefusedError,
  type DatabaseServer,
} from '../../platform/couch/database.ts';
import type { DatabaseNames } from './database-section.ts';
import { BY_RETRY, BY_STATUS } from './event-queries.ts';

/** Names of those that were made. */
export async function prepareDatabases(
  server: DatabaseServer,
  { files, contents, events }: DatabaseNames,
): Promise<string[]> {
  const prepare = async (name: string): Promise<string[]> => {
    const isMade = !(await isThere(server, name)) && (await server.create(name)) === 'created';
    if (name === events) await ensureIndexes(server.open(name));
    return isMade ? [name] : [];
  };
  const names = [files, contents, ...(events === undefined ? [] : [events])];
  return (await Promise.all(names.map(prepare))).flat();
}

/** Asked first, because a user who may work with a database need not be one who may make it. */
async function isThere(server: DatabaseServer, name: string): Promise<boolean> {
  try {
    await server.open(name).info();
    return true;
  } catch (error) {
    if (error instanceof DatabaseRefusedError && error.status === 404) return false;
    throw error;
  }
}

async function ensureIndexes(events: Database): Promise<void> {
  try {
    await events.ensureIndex(BY_STATUS);
    await events.ensureIndex(BY_RETRY);
  } catch (error) {
    // Who may not make them works with those that `initdb` made.
    const isForbidden = error instanceof DatabaseRefusedError && [401, 403].includes(error.status);
    if (!isForbidden) throw error;
  }
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
