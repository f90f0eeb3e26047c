// Python actors keep no heartbeats, and a site may do without other databases: what is not there is
// empty for whoever only looks.

import { DatabaseRefusedError } from '../../platform/couch/database.ts';

/** What was read, or `empty` where the database does not exist. */
export async function orEmpty<T>(read: Promise<T>, empty: T): Promise<T> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof DatabaseRefusedError && error.status === 404) return empty;
    throw error;
  }
}
