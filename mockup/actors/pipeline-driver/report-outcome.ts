// How a run ended, told to XTSS: the OUS is ready for review or a processing problem.

import type { ActorPorts } from '../../platform/actor/actor.ts';
import { requestPatiently } from '../../platform/bus/patient-request.ts';
import type { RunRecord } from './run-directory.ts';

/** `problem`: the reason for the OUS's history. An OUS that was moved on meanwhile is left alone. */
export async function reportOutcome(
  ports: ActorPorts,
  run: RunRecord,
  problem: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const outcome = await requestPatiently(
    ports,
    {
      operation: 'set-state',
      value: problem === undefined ? 'ReadyForReview' : 'ProcessingProblem',
      ousUID: run.ousUid,
      cause: `run ${run.timestamp} ${problem === undefined ? 'completed' : 'failed'}`,
      since: run.since,
      reason: problem,
    },
    signal,
  );
  if (outcome !== 'done') {
    ports.log.warn({ ousUid: run.ousUid, ...outcome }, 'the OUS has moved on meanwhile');
  }
}
