// The databases that a CouchDB server wants for itself and that a brand-new one lacks. Without
// `_users` and `_global_changes` it logs an error every few seconds; `_replicator` it begins to
// watch half a minute after it was made, so it is made early.

import { DatabaseRefusedError, type DatabaseServer } from '../platform/couch/database.ts';
import { accessProblem } from '../platform/couch/reaching/access-refusal.ts';
import { REPLICATOR_DATABASE } from './replicator-document.ts';

/** Creates what is missing, and gives its names; nothing where the user is no administrator. */
export async function createSystemDatabases(server: DatabaseServer): Promise<string[]> {
  const created: string[] = [];
  for (const name of [REPLICATOR_DATABASE, '_users']) {
    if (await isMade(server, name)) created.push(name);
  }
  // The embedded server has the others, and needs no `_global_changes`.
  const isNew = created.length > 0;
  if (isNew && (await isMade(server, '_global_changes'))) created.push('_global_changes');
  return created;
}

async function isMade(server: DatabaseServer, name: string): Promise<boolean> {
  try {
    return (await server.create(name)) === 'created';
  } catch (error) {
    if (!(error instanceof DatabaseRefusedError)) throw error;
    const problem = accessProblem(error.status, error.message);
    if (problem !== 'no server administrator') throw error;
    return false;
  }
}
