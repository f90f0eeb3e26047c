// The database server of a manager's records, by the connect string of its configuration: one that
// somebody runs, or one of its own.

import { resolve } from 'node:path';
import { couchUrlOf, ownPathOf } from '../../../dbb/records/database-settings.ts';
import { silentLogger } from '../../../platform/log/logger.ts';
import { redactUrl } from '../../../platform/text/redact-url.ts';
import type { OwnDatabaseOptions } from './own-database.ts';

export interface Records {
  url: string;
  /** For people: without credentials. */
  shown: string;
  close(): Promise<void>;
}

export async function openRecords(engine: string, options: OwnDatabaseOptions): Promise<Records> {
  const path = ownPathOf(engine);
  if (path === undefined) {
    const url = couchUrlOf(engine);
    return { url, shown: redactUrl(url), close: async () => {} };
  }
  const { openOwnDatabase } = await import('./own-database.ts');
  const directory = resolve(path);
  const { url, close } = await openOwnDatabase(directory, options);
  return { url, shown: directory, close };
}

/** For one command. */
export async function withRecords<T>(
  engine: string,
  work: (records: Records) => Promise<T>,
): Promise<T> {
  const records = await openRecords(engine, { log: silentLogger, isPatient: false });
  try {
    return await work(records);
  } finally {
    await records.close();
  }
}
