// What `draws clear-all-dbs` deletes: documents (not databases or indexes) and what is in cache
// directories (not these themselves).

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { databaseNames, workflowDatabases } from '../../core/databases.ts';
import { tombstoneOf } from '../../core/messages/routing.ts';
import type { DatabaseServer } from '../../platform/couch/database.ts';
import { caches, type EnvironmentVariables, localCache, runsDirectory } from '../environment.ts';
import { UsageError } from '../usage-error.ts';

const WEBLOGS = 'weblogs';
const BATCH = 1000;
/** While the line runs documents change between reading and deleting; then they come again. */
const ROUNDS_LIMIT = 20;

export interface DatabaseToClear {
  name: string;
  count: number;
}

/** Those of this product that exist, or every user database. */
export async function databasesToClear(
  server: DatabaseServer,
  all: boolean,
): Promise<DatabaseToClear[]> {
  const ours: readonly string[] = workflowDatabases.map(({ name }) => name);
  const names = (await server.names()).filter((name) =>
    all ? !name.startsWith('_') : ours.includes(name),
  );
  return Promise.all(
    names.map(async (name) => ({ name, count: (await documentsOf(server, name)).length })),
  );
}

/** The caches on this machine, and the Pipeline's run directories. */
export function directoriesToClear(env: EnvironmentVariables): string[] {
  const local = Object.values(caches(env)).filter((cache) => cache.startsWith('/'));
  if (env.DRAWS_LOCAL_CACHE) local.push(localCache(env));
  if (env.DRAWS_LOCAL_CACHE || env.DRAWS_RUNS) local.push(runsDirectory(env));
  if (local.length > 0) return [...new Set(local)].sort();
  throw new UsageError('no cache directory is known', {
    hint: 'set DRAWS_LOCAL_CACHE, or leave --caches out',
  });
}

/** Returns how many documents were deleted. */
export async function clearDatabases(
  server: DatabaseServer,
  databases: readonly DatabaseToClear[],
): Promise<number> {
  let count = 0;
  for (const { name } of databases) count += await clearDatabase(server, name);
  return count;
}

async function clearDatabase(server: DatabaseServer, name: string): Promise<number> {
  let count = 0;
  for (let round = 0; round < ROUNDS_LIMIT; round++) {
    const docs = await documentsOf(server, name);
    if (docs.length === 0) break;
    for (let start = 0; start < docs.length; start += BATCH) {
      const results = await server.open(name).bulk(docs.slice(start, start + BATCH));
      count += results.filter(({ ok }) => ok).length;
    }
  }
  return count;
}

async function documentsOf(server: DatabaseServer, name: string) {
  const docs = await server.open(name).allDocs();
  const isRouted = name === databaseNames.messages;
  return docs
    .filter(({ _id }) => !_id.startsWith('_design/'))
    .map((doc) => {
      const { _id, _rev } = doc;
      return isRouted ? tombstoneOf(doc) : { _id, _rev, _deleted: true as const };
    });
}

/** A cache keeps its directory for weblogs, which whoever set it up has made. */
export async function clearDirectories(directories: readonly string[]): Promise<void> {
  for (const directory of directories) {
    const names = await readdir(directory).catch(() => []);
    for (const name of names) {
      const path = join(directory, name);
      if (name === WEBLOGS) await clearDirectories([path]);
      else await rm(path, { recursive: true, force: true });
    }
  }
}
