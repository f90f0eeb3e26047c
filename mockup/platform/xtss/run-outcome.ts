// How a run ended, told to XTSS: the OUS is ready for review or a processing problem. The pipeline
// driver tells it, or torque-maui for it: a driver that waits for XTSS would keep its slot.

import { databaseNames } from '../../core/databases.ts';
import { documentId } from '../../core/identifiers.ts';
import { type OusDocument, wasSuperseded } from '../../core/ous/ous.ts';
import { readOus } from '../../core/ous/reading.ts';
import type { RunIdentity } from '../../core/ous/run-identity.ts';
import { completedRunCause } from '../../core/products/completed-run.ts';
import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../clock/clock.ts';
import type { DatabaseServer } from '../couch/database.ts';
import type { Files } from '../files/files.ts';
import { pathInside } from '../files/paths.ts';
import type { Logger } from '../log/logger.ts';
import { requestPatiently } from './patient-request.ts';

/** The actor that speaks for a run, in the history of its OUS. */
const RUNNER = 'pipeline-driver';

export interface RunOutcome {
  ousUid: string;
  /** When the OUS entered Processing for the run's job. */
  since: string | undefined;
  /** In the names of what the pipeline wrote. */
  timestamp: string;
  /** The reason for the OUS's history; undefined: all went well. */
  problem?: string | undefined;
  identity: RunIdentity | undefined;
  /** Names in the cache, which go where another run has taken the place of this one. */
  cached: readonly string[];
  cacheDirectory: string;
}

export interface OutcomePorts {
  bus: Bus;
  clock: Clock;
  log: Logger;
  databases: DatabaseServer;
  files: Files;
}

/** An OUS that was moved on meanwhile is left alone: false. Can be repeated. */
export async function tellOutcome(
  ports: OutcomePorts,
  outcome: RunOutcome,
  signal: AbortSignal,
): Promise<boolean> {
  const { ousUid, timestamp, problem, identity, cached } = outcome;
  const answer = await requestPatiently(
    ports,
    {
      operation: 'set-state',
      value: problem === undefined ? 'ReadyForReview' : 'ProcessingProblem',
      ousUID: ousUid,
      cause: problem === undefined ? completedRunCause(timestamp) : `run ${timestamp} failed`,
      since: outcome.since,
      reason: problem,
      run: identity,
    },
    signal,
    RUNNER,
  );
  if (answer === 'done') return true;
  ports.log.warn({ ousUid, ...answer }, 'the OUS has moved on meanwhile');
  if (identity === undefined || !(await isReplaced(ports, ousUid, identity))) return false;
  for (const name of cached) {
    ports.log.warn({ ousUid, name }, 'removing what another run has replaced');
    await ports.files.remove(pathInside(outcome.cacheDirectory, name));
  }
  return false;
}

async function isReplaced(
  ports: OutcomePorts,
  ousUid: string,
  identity: RunIdentity,
): Promise<boolean> {
  const database = ports.databases.open(databaseNames.statusEntities);
  const stored = await database.get<OusDocument>(documentId(ousUid));
  const ous = stored && readOus(stored);
  return ous !== undefined && wasSuperseded(ous, identity);
}
