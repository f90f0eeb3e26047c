// AQUA: receives Pipeline reports in the background, and has OUSs reviewed (QA2) by a person at the
// terminal or a robot.

import { databaseNames } from '../../core/databases.ts';
import type { OusDocument } from '../../core/ous/ous.ts';
import { oussInStates } from '../../core/queries.ts';
import type { Actor, ActorPorts } from '../../platform/actor/actor.ts';
import type { OperatorConsole } from '../../platform/console/operator-console.ts';
import {
  followDocuments,
  type LiveDocuments,
} from '../../platform/couch/documents/live-documents.ts';
import { Releases } from '../../platform/process/releases.ts';
import { createDeliveries, type Deliveries } from './deliveries.ts';
import { serveDesk } from './desk.ts';
import { receiveReports } from './pipeline-reports.ts';
import { asQaOus, type QaOus } from './reviewed-ous.ts';
import { startRobot, type VerdictShares } from './robot.ts';

const DEFAULT_CACHE_URL = 'http://localhost:8000';

export interface AquaQa2Options {
  /** A robot in place of the reviewer, and how often it gives each verdict. */
  auto?: VerdictShares | undefined;
  /** Where JAO's replicated cache serves its files. Default: `http://localhost:8000`. */
  cacheUrl?: string | undefined;
  /**
   * The cache directory of this site, where it can be seen from here: nothing is ordered to be
   * ingested before it is there, because not every ingestor waits.
   */
  localCache?: string | undefined;
  /** Terminals of several reviewers, in place of this process's own. */
  consoles?: readonly OperatorConsole[] | undefined;
}

/** `finished` settles when the reviewer leaves; the robot stays until it is stopped. */
export async function createAquaQa2(ports: ActorPorts, options: AquaQa2Options): Promise<Actor> {
  const releases = new Releases();
  try {
    const { desk } = await start(ports, options, releases);
    const actor: Actor = { stop: () => releases.release() };
    return desk ? { ...actor, finished: desk.then(() => ({ exitCode: 0 })) } : actor;
  } catch (error) {
    await releases.release();
    throw error;
  }
}

/** Resolves when all runs; `desk`, where a person is served, when they have left. */
async function start(
  ports: ActorPorts,
  options: AquaQa2Options,
  releases: Releases,
): Promise<{ desk?: Promise<void> }> {
  const { documents, deliveries } = await openReviews(ports, options.localCache, releases);
  if (options.auto) {
    const robot = await startRobot(ports, documents, deliveries, options.auto);
    releases.add(() => robot.stop());
    return {};
  }
  const leaving = new AbortController();
  const cacheUrl = options.cacheUrl ?? DEFAULT_CACHE_URL;
  const { signal } = leaving;
  const desks = (options.consoles ?? [ports.console]).map((console) =>
    serveDesk({ ...ports, console }, { documents, deliveries, cacheUrl, signal }),
  );
  const desk = Promise.all(desks);
  releases.add(() => {
    leaving.abort(new Error('stopping'));
    return desk;
  });
  // What the reviewer has passed is delivered before the actor ends by itself.
  return { desk: desk.then(() => deliveries.idle()) };
}

export interface Reviews {
  documents: LiveDocuments<QaOus>;
  deliveries: Deliveries;
}

/** Reports are received, and what was passed is delivered, whoever reviews. */
export async function openReviews(
  ports: ActorPorts,
  localCache: string | undefined,
  releases: Releases,
): Promise<Reviews> {
  const receiver = receiveReports(ports);
  releases.add(() => receiver.stop());
  await receiver.ready;
  const database = ports.databases.open(databaseNames.statusEntities);
  const documents = await followDocuments<OusDocument, QaOus>(database, {
    queries: oussInStates('ReadyForReview', 'Reviewing', 'Verified'),
    select: asQaOus,
  });
  releases.add(() => documents.stop());
  const deliveries = createDeliveries(ports, documents, localCache);
  releases.add(() => deliveries.stop());
  return { documents, deliveries };
}
