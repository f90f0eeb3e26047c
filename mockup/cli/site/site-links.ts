// How a site stands with the others: replications that do not run, and conflicts. Asked of its own
// server alone; what can't be learnt there (no right to see it) is left out.

import { printableLine } from '../../platform/text/printable.ts';
import { type ConflictMemory, findConflicts } from '../../replication/conflicts/find-conflicts.ts';
import type { ReplicatedSite } from '../../replication/plan.ts';
import { replicationStatus } from '../../replication/replication-status.ts';
import { setUpReplications } from '../../replication/set-up-replications.ts';

export interface SiteLinks {
  /** Replications that this site pulls and that do not run. */
  broken: { database: string; from: string; state: string; lastError?: string }[];
  /** `database/id` of each document that two sites have written. */
  conflicts: string[];
}

/** `memory` makes the next call cheaper. Never rejects. */
export async function readSiteLinks(
  site: ReplicatedSite,
  memory?: ConflictMemory,
): Promise<SiteLinks> {
  const [broken, conflicts] = await Promise.all([
    brokenReplications(site).catch(() => []),
    findConflicts(site, memory).catch(() => []),
  ]);
  return { broken, conflicts: conflicts.map(({ database, id }) => `${database}/${id}`) };
}

async function brokenReplications(site: ReplicatedSite): Promise<SiteLinks['broken']> {
  const statuses = await replicationStatus(await setUpReplications(site));
  return statuses
    .filter(({ state }) => state !== 'running')
    .map(({ planned, state, lastError }) => ({
      database: planned.database,
      from: planned.source.executive,
      state,
      ...(lastError === undefined ? {} : { lastError }),
    }));
}

/** Nothing where all is well. */
export function linkLines({ broken, conflicts }: SiteLinks): string[] {
  const lines = broken.map(({ database, from, state, lastError }) => {
    const reason = lastError === undefined ? '' : `: ${lastError}`;
    return `  ${database} from ${from} is ${state}${reason}`;
  });
  const replications = lines.length > 0 ? ['Replications that do not run', ...lines] : [];
  const named = conflicts.map((conflict) => `  ${conflict}`);
  const disputed = named.length > 0 ? ['Conflicts (draws conflicts list)', ...named] : [];
  return [...replications, ...disputed].map(printableLine);
}
