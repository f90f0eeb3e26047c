// Do the servers answer with these credentials, and have they what the actors need?

import { workflowDatabases } from '../../core/databases.ts';
import { DatabaseRefusedError } from '../../platform/couch/database.ts';
import { couchRequest } from '../../replication/couch-request.ts';
import type { ReplicatedSite } from '../../replication/plan.ts';
import { connectTo } from '../site/connection.ts';
import { type Finding, failure, problem, well } from './finding.ts';
import type { Patient } from './patient.ts';

const GIVE_UP_AFTER_MS = 2_000;

export async function examineDatabases({ here, peers }: Patient): Promise<Finding[]> {
  return Promise.all([here, ...peers].map(examineServer));
}

async function examineServer(site: ReplicatedSite): Promise<Finding> {
  const { executive, url } = site;
  try {
    // Wrong credentials are told before anything else; listing databases takes an administrator.
    await couchRequest(site, '/_session');
    const server = connectTo(url, GIVE_UP_AFTER_MS);
    const missing: string[] = [];
    for (const { name, indexes } of workflowDatabases) {
      if (!(await isThere(site, name))) missing.push(name);
      else {
        for (const fields of indexes) {
          const design = await server.open(name).get(`_design/by-${fields.join('-')}`);
          if (!design) missing.push(`index of ${name} by ${fields.join(', ')}`);
        }
      }
    }
    const where = `${executive} at ${server.address}`;
    if (missing.length === 0) return well('databases', `${where}: all there, with their indexes`);
    const advice = `run "draws init" at ${executive} (COUCHDB_URL of its server)`;
    return problem('databases', `${where} lacks ${missing.join('; ')}`, advice);
  } catch (error) {
    return failure('databases', error);
  }
}

/** Throws where this user may not look into it. */
async function isThere(site: ReplicatedSite, name: string): Promise<boolean> {
  try {
    await couchRequest(site, `/${encodeURIComponent(name)}`);
    return true;
  } catch (error) {
    if (error instanceof DatabaseRefusedError && error.status === 404) return false;
    throw error;
  }
}
