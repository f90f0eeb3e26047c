// The robot in place of the reviewer: takes each OUS as soon as its report is there, thinks for a
// moment, and draws a verdict. It goes on with reviews that a robot began and did not end.

import { InvalidInputError } from '../../core/errors.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { deliberateWait } from '../../platform/actor/deliberate-wait.ts';
import { workOnDocuments } from '../../platform/couch/documents/document-work.ts';
import type { LiveDocuments } from '../../platform/couch/documents/live-documents.ts';
import { numberBetween, type Random } from '../../platform/random/random.ts';
import type { Deliveries } from './deliveries.ts';
import { findReport, watchReports } from './pipeline-reports.ts';
import { beginReview, conclude, isReviewOf, type Verdict, verdictCause } from './review.ts';
import type { QaOus } from './reviewed-ous.ts';

const THINKING_S = [1, 3] as const;

/** How often each verdict is given; only their proportions count. */
export interface VerdictShares {
  pass: number;
  semipass: number;
  fail: number;
}

/** Throws InvalidInputError for shares that are negative or all zero. */
export async function startRobot(
  ports: ActorPorts,
  documents: LiveDocuments<QaOus>,
  deliveries: Deliveries,
  shares: VerdictShares,
): Promise<{ stop(): Promise<void> }> {
  checkShares(shares);
  /** Reviews that are over, by OUS, until the feed says so too. */
  const concluded = new Map<string, string>();
  const forgetLeft = documents.onChange((ids) => {
    for (const id of ids) if (!documents.get(id)) concluded.delete(id);
  });

  const review = async (ous: QaOus, signal: AbortSignal): Promise<void> => {
    const isWaiting = ous.state === 'ReadyForReview';
    if (!isWaiting && !isReviewOf('robot', ous)) return;
    if (concluded.get(ous.id) === ous.since) return;
    const report = await findReport(ports, ous);
    // Its arrival wakes the work on this OUS again.
    if (!report) return;
    const begun = isWaiting
      ? await beginReview(ports, { ous, report }, 'robot', { signal })
      : { ous, report };
    if (!begun) return;
    await deliberateWait(ports, numberBetween(ports.random, ...THINKING_S), signal);
    const verdict = drawVerdict(ports.random, shares);
    const outcome = await conclude(ports, begun, verdict, { signal });
    concluded.set(ous.id, begun.ous.since);
    if (outcome === 'done' && verdict !== 'Fail') {
      deliveries.start(begun, verdictCause(begun, verdict));
    }
  };
  const work = workOnDocuments(ports, {
    documents,
    handle: async (ous, signal) => {
      const end = ports.activity.begin(`review of ${ous.ousUid}`);
      await review(ous, signal).finally(end);
    },
  });
  const reports = await watchReports(ports, (id) => work.wake(id));
  // What arrived before the watch began has not woken anybody.
  for (const id of documents.ids()) work.wake(id);
  return {
    stop: async () => {
      forgetLeft();
      await work.stop();
      await reports.stop();
    },
  };
}

export function drawVerdict(random: Random, { pass, semipass, fail }: VerdictShares): Verdict {
  const drawn = random.next() * (pass + semipass + fail);
  if (drawn < pass) return 'Pass';
  return drawn < pass + semipass ? 'Semipass' : 'Fail';
}

function checkShares(shares: VerdictShares): void {
  const values = [shares.pass, shares.semipass, shares.fail];
  const isGood = values.every((share) => Number.isFinite(share) && share >= 0);
  if (isGood && values.some((share) => share > 0)) return;
  throw new InvalidInputError(`not shares of verdicts: ${JSON.stringify(shares)}`, {
    hint: 'give pass, semipass and fail as numbers from 0, not all of them 0',
  });
}
