// The desk behind the dashboard's buttons: what the tools for persons at a terminal do (launcher, DRA,
// AQUA, `draws messages`), done by the same code.

import { openReviews } from '../../actors/aqua-qa2/aqua-qa2.ts';
import { cancelReview, conclude, verdictCause } from '../../actors/aqua-qa2/review.ts';
import { takeUp } from '../../actors/aqua-qa2/take-up.ts';
import { createAssignments } from '../../actors/dra/assignments.ts';
import { waitingOuss } from '../../actors/dra/dra.ts';
import { findWaiting } from '../../actors/dra/find-waiting.ts';
import { createLauncher } from '../../actors/launcher/launcher.ts';
import { databaseNames } from '../../core/databases.ts';
import { AppError, InvalidInputError } from '../../core/errors.ts';
import type { Executive } from '../../core/executives.ts';
import { documentId, requireOusUid } from '../../core/identifiers.ts';
import type { OusDocument } from '../../core/ous/ous.ts';
import { readOus } from '../../core/ous/reading.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import type { Releases } from '../../platform/process/releases.ts';
import { makeUpOuss } from '../demo/demo-plan.ts';
import { queueAgain } from '../demo/queue-again.ts';

const TIME_LIMIT_MS = 30_000;
const request = { timeLimit_ms: TIME_LIMIT_MS };

export type Verdict = 'Pass' | 'Semipass' | 'Fail';

export interface Launch {
  count: number;
  project: string;
  recipe: string | null;
}

/** Each gives in words what was done, or throws AppError. */
export interface Desk {
  launch(as: ActorPorts, launch: Launch): Promise<string>;
  assign(as: ActorPorts, ousUid: string, to: Executive): Promise<string>;
  review(as: ActorPorts, ousUid: string): Promise<string>;
  cancelReview(as: ActorPorts, ousUid: string): Promise<string>;
  conclude(as: ActorPorts, ousUid: string, verdict: Verdict): Promise<string>;
  queueAgain(as: ActorPorts, ousUid: string): Promise<string>;
}

/** `ports`: for what goes on by itself, such as the delivery of what was passed. */
export async function openDesk(
  ports: ActorPorts,
  localCache: string | undefined,
  releases: Releases,
): Promise<Desk> {
  const waiting = await waitingOuss(ports);
  releases.add(() => waiting.stop());
  const assignments = createAssignments(ports, waiting);
  releases.add(() => assignments.stop());
  const { deliveries } = await openReviews(ports, localCache, releases);

  const review = async (as: ActorPorts, ousUid: string) => {
    const taken = await takeUp(as, ousUid, AbortSignal.timeout(TIME_LIMIT_MS));
    return taken ?? movedOn(ousUid);
  };
  return {
    launch,
    assign: async (as, ousUid, to) => {
      const ous = await findWaiting(as, ousUid);
      if (!(await assignments.assign(ous, to, request, as))) return movedOn(ousUid);
      return `${ous.ousUid} goes to ${to}`;
    },
    review: async (as, ousUid) => {
      await review(as, ousUid);
      return `${ousUid} is in review`;
    },
    cancelReview: async (as, ousUid) => {
      const { ous } = await review(as, ousUid);
      if ((await cancelReview(as, ous, request)) !== 'done') return movedOn(ousUid);
      return `review of ${ousUid} cancelled`;
    },
    conclude: async (as, ousUid, verdict) => {
      const taken = await review(as, ousUid);
      if ((await conclude(as, taken, verdict, request)) !== 'done') return movedOn(ousUid);
      if (verdict !== 'Fail') deliveries.start(taken, verdictCause(taken, verdict));
      return `${ousUid}: ${verdict}`;
    },
    queueAgain: async (as, ousUid) => {
      const ous = await findFailed(as, ousUid);
      if ((await queueAgain(as, ous, request)) !== 'done') return movedOn(ousUid);
      return `${ousUid} waits for the Pipeline again`;
    },
  };
}

function movedOn(ousUid: string): never {
  throw new AppError('moved_on', `${ousUid} has been taken or changed meanwhile`);
}

async function launch(as: ActorPorts, { count, project, recipe }: Launch): Promise<string> {
  const entities = as.databases.open(databaseNames.statusEntities);
  const made = await makeUpOuss(count, async (ousUids) => {
    const found = await entities.getMany(ousUids.map(documentId));
    return found.map((one) => 'doc' in one);
  });
  const ouss = project === '' ? made : made.map((ous) => ({ ...ous, progId: project }));
  for (const ous of ouss) {
    const cause = `launched ${as.random.hex(8)}`;
    const launcher = await createLauncher(as, { ...ous, cause, recipe: recipe ?? undefined });
    await launcher.finished;
  }
  const [first] = ouss;
  return count === 1
    ? `launched ${first?.ousUid}`
    : `launched ${count} OUSs from ${first?.ousUid}`;
}

async function findFailed(as: ActorPorts, text: string): Promise<OusDocument> {
  const ousUid = requireOusUid(text);
  const database = as.databases.open(databaseNames.statusEntities);
  const stored = await database.get<OusDocument>(documentId(ousUid));
  if (!stored) throw new InvalidInputError(`there is no OUS ${ousUid}`);
  const ous = readOus(stored);
  if (ous?.state === 'ProcessingProblem') return ous;
  throw new InvalidInputError(`${ousUid} has no problem: it is ${stored.state}`);
}
