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
  return (await Promise.all([here, ...peers].map(examineServer))).flat();
}

async function examineServer(site: ReplicatedSite): Promise<Finding[]> {
  const { executive, url } = site;
  try {
    // Wrong credentials are told before anything else; listing databases takes an administrator.
    await couchRequest(site, '/_session');
    const server = connectTo(url, GIVE_UP_AFTER_MS);
    const missing: string[] = [];
    const closed: { name: string; error: DatabaseRefusedError }[] = [];
    for (const { name, indexes } of workflowDatabases) {
      const standing = await standingOf(site, name);
      if (standing === 'missing') missing.push(name);
      else if (standing !== 'there') closed.push({ name, error: standing });
      else {
        for (const fields of indexes) {
          const design = await server.open(name).get(`_design/by-${fields.join('-')}`);
          if (!design) missing.push(`index of ${name} by ${fields.join(', ')}`);
        }
      }
    }
    const where = `${executive} at ${server.address}`;
    const findings = refusals(closed, where);
    if (missing.length > 0) {
      const advice = `run "draws init" at ${executive} (COUCHDB_URL of its server)`;
      findings.push(problem('databases', `${where} lacks ${missing.join('; ')}`, advice));
    }
    if (findings.length > 0) return findings;
    return [well('databases', `${where}: all there, with their indexes`)];
  } catch (error) {
    return [failure('databases', error)];
  }
}

/** One finding for each reason, with the databases that it keeps closed. */
function refusals(
  closed: readonly { name: string; error: DatabaseRefusedError }[],
  where: string,
): Finding[] {
  const byReason = Map.groupBy(closed, ({ error }) => `${error.status} ${error.message}`);
  return [...byReason.values()].map((some) => {
    const names = some.map(({ name }) => name).join(', ');
    const hint = some[0]?.error.hint;
    return problem(
      'databases',
      `${where}: ${names} can't be read: ${some[0]?.error.message}`,
      hint,
    );
  });
}

/** Gives the refusal where this user may not look into it. */
async function standingOf(
  site: ReplicatedSite,
  name: string,
): Promise<'there' | 'missing' | DatabaseRefusedError> {
  try {
    await couchRequest(site, `/${encodeURIComponent(name)}`);
    return 'there';
  } catch (error) {
    if (!(error instanceof DatabaseRefusedError)) throw error;
    return error.status === 404 ? 'missing' : error;
  }
}
