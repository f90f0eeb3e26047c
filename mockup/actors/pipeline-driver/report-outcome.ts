// How a run ended, told to XTSS: the OUS is ready for review or a processing problem.

import { databaseNames } from '../../core/databases.ts';
import { documentId } from '../../core/identifiers.ts';
import { type OusDocument, wasSuperseded } from '../../core/ous/ous.ts';
import { readOus } from '../../core/ous/reading.ts';
import type { RunIdentity } from '../../core/ous/run-identity.ts';
import { completedRunCause } from '../../core/products/completed-run.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { requestPatiently } from '../../platform/bus/patient-request.ts';
import type { RunRecord } from './run-directory.ts';

export interface RunOutcome {
  /** In the names of what the pipeline wrote. */
  timestamp: string;
  /** The reason for the OUS's history; undefined: all went well. */
  problem?: string | undefined;
  identity: RunIdentity | undefined;
}

/**
 * An OUS that was moved on meanwhile is left alone. True where that was because another run has
 * taken the place of this one.
 */
export async function reportOutcome(
  ports: ActorPorts,
  run: RunRecord,
  { timestamp, problem, identity }: RunOutcome,
  signal: AbortSignal,
): Promise<boolean> {
  const outcome = await requestPatiently(
    ports,
    {
      operation: 'set-state',
      value: problem === undefined ? 'ReadyForReview' : 'ProcessingProblem',
      ousUID: run.ousUid,
      cause: problem === undefined ? completedRunCause(timestamp) : `run ${timestamp} failed`,
      since: run.since,
      reason: problem,
      run: identity,
    },
    signal,
  );
  if (outcome === 'done') return false;
  ports.log.warn({ ousUid: run.ousUid, ...outcome }, 'the OUS has moved on meanwhile');
  return identity !== undefined && (await isReplaced(ports, run.ousUid, identity));
}

async function isReplaced(
  ports: ActorPorts,
  ousUid: string,
  identity: RunIdentity,
): Promise<boolean> {
  const database = ports.databases.open(databaseNames.statusEntities);
  const stored = await database.get<OusDocument>(documentId(ousUid));
  const ous = stored && readOus(stored);
  return ous !== undefined && wasSuperseded(ous, identity);
}
