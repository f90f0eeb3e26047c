// Are the replications that this site needs set up, running, and up to date?

import {
  type ReplicationStatus,
  replicationStatus,
} from '../../replication/replication-status.ts';
import { type Finding, problem, well } from './finding.ts';
import type { Patient } from './patient.ts';

const APPLY = 'run "draws replicate apply" again with the right URLs';

export async function examineReplications(patient: Patient): Promise<Finding[]> {
  const { plan, here, reachable } = patient;
  if (!reachable) return [];
  if (plan.length === 0) {
    const what = `${here.executive} pulls nothing: right only where all sites share one database`;
    return [well('replication', what)];
  }
  return (await replicationStatus(plan)).map(finding);
}

function finding({ planned, state, behind, lastError }: ReplicationStatus): Finding {
  const { database, source, receiver } = planned;
  const waiting = behind ? `, ${behind} documents behind` : '';
  const what = `${database} ${source.executive} → ${receiver.executive}: ${state}${waiting}`;
  if (state === 'running') return well('replication', what);
  const reason = lastError ? `${what}: ${lastError}` : what;
  return problem('replication', reason, adviceFor(state, lastError ?? ''));
}

function adviceFor(state: string, error: string): string {
  if (state === 'missing') return APPLY;
  if (/unauthorized|credential|password|401|403|forbidden/i.test(error)) {
    return `user or password of the source is wrong: ${APPLY}`;
  }
  if (/not.found|does not exist|404/i.test(error)) return 'run "draws init" on both servers';
  if (state === 'initializing' || state === 'pending') return 'look again in a moment';
  return 'is the source up, bound to an address that this host reaches, and the network up?';
}
