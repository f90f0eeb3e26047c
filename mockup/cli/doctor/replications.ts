// Are the replications that this site needs set up, running, and up to date?

import { DatabaseRefusedError } from '../../platform/couch/database.ts';
import {
  type ReplicationStatus,
  replicationStatus,
} from '../../replication/replication-status.ts';
import { type Finding, problem, well } from './finding.ts';
import type { Patient } from './patient.ts';

const NO_MEMBER =
  'the user is no member of the source\'s database: "draws init --user NAME" there makes one';
const APPLY = 'run "draws replicate apply" again with the right URLs';

export async function examineReplications(patient: Patient): Promise<Finding[]> {
  const { plan, here, unread } = patient;
  if (unread) return unseen(patient, unread);
  if (plan.length === 0) {
    const what = `${here.executive} pulls nothing: right only where all sites share one database`;
    return [well('replication', what)];
  }
  return (await replicationStatus(plan)).map(finding);
}

/** A member sees no replication: that is no fault, unless there should be some. */
function unseen({ plan, here }: Patient, error: Error): Finding[] {
  if (!(error instanceof DatabaseRefusedError)) return [];
  const right = 'that takes a server administrator';
  const what = `the replications of ${here.executive} can't be seen: ${right} (${error.message})`;
  if (plan.length === 0) return [well('replication', what)];
  return [problem('replication', what, error.hint)];
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
  if (/name or password is incorrect/i.test(error)) {
    return `user or password of the source is wrong: ${APPLY}`;
  }
  if (/not allowed to access this db/i.test(error)) return NO_MEMBER;
  if (/temporarily locked/i.test(error))
    return 'the source lets this user in again after some minutes';
  if (/unauthorized|credential|password|401|403|forbidden/i.test(error)) {
    return `user or password of the source is missing or wrong (${APPLY}), or ${NO_MEMBER}`;
  }
  if (/not.found|does not exist|404/i.test(error)) return 'run "draws init" on both servers';
  if (state === 'initializing' || state === 'pending') return 'look again in a moment';
  return 'is the source up, bound to an address that this host reaches, and the network up?';
}
