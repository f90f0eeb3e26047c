// Makes the databases of a site and the indexes that the actors' queries need. Safe to repeat.

import { workflowDatabases } from '../core/databases.ts';
import type { DatabaseServer } from '../platform/couch/database.ts';

export interface InitializedDatabase {
  name: string;
  outcome: 'created' | 'exists';
}

export async function initDatabases(server: DatabaseServer): Promise<InitializedDatabase[]> {
  return Promise.all(
    workflowDatabases.map(async ({ name, indexes }) => {
      const outcome = await server.create(name);
      const database = server.open(name);
      for (const fields of indexes) await database.ensureIndex(fields);
      return { name, outcome };
    }),
  );
}
