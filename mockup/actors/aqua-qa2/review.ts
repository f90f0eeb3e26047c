// A QA2 review as changes that are asked of XTSS: begun, concluded by a verdict, or cancelled.

import { databaseNames } from '../../core/databases.ts';
import type { OusState } from '../../core/ous/life-cycle.ts';
import type { OusDocument } from '../../core/ous/ous.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import {
  type ChangeOutcome,
  requestChange,
  type XtssRequestOptions,
} from '../../platform/xtss/xtss-client.ts';
import type { ReportDocument } from './pipeline-reports.ts';
import { asQaOus, type QaOus } from './reviewed-ous.ts';

export interface Review {
  ous: QaOus;
  report: ReportDocument;
}

export type Verdict = 'Pass' | 'Semipass' | 'Fail';

const stateAfter: Record<Verdict, OusState> = {
  Pass: 'Verified',
  Semipass: 'Verified',
  Fail: 'ReadyForProcessing',
};

/** Whose review it is, in its cause: a robot goes on with a dead robot's, never with a person's. */
export type Reviewer = 'person' | 'robot';

/**
 * Takes an OUS that is ReadyForReview; undefined where it has moved on or another reviewer has it:
 * of two, one has the cause that is in the history.
 */
export async function beginReview(
  ports: ActorPorts,
  { ous, report }: Review,
  reviewer: Reviewer,
  options: XtssRequestOptions,
): Promise<Review | undefined> {
  const { ousUid, since } = ous;
  const cause = `${reviewer}'s review ${ports.random.hex(8)} of report ${report.timestamp}`;
  const outcome = await requestChange(
    ports,
    { operation: 'set-state', value: 'Reviewing', ousUID: ousUid, cause, since },
    options,
  );
  if (outcome !== 'done') return undefined;
  const now = await readQaOus(ports, ous.id);
  // An XTSS that keeps no history leaves no cause to know the own review by.
  const isOwn = now?.state === 'Reviewing' && (now.cause === cause || now.cause === '');
  return isOwn ? { ous: now, report } : undefined;
}

export function isReviewOf(reviewer: Reviewer, ous: QaOus): boolean {
  return ous.state === 'Reviewing' && ous.cause.startsWith(`${reviewer}'s review `);
}

/** The OUS as it is now; undefined where it is in none of AQUA's states. */
async function readQaOus(ports: ActorPorts, id: string): Promise<QaOus | undefined> {
  const database = ports.databases.open(databaseNames.statusEntities);
  const doc = await database.get<OusDocument>(id);
  return doc && asQaOus(doc);
}

/** What a verdict leaves in the history; the delivery of a dead AQUA's OUS is known by it. */
export function verdictCause({ ous, report }: Review, verdict: Verdict): string {
  return `QA2 ${verdict} of report ${report.timestamp}, review of ${ous.since}`;
}

/** Safe to repeat. */
export async function conclude(
  ports: ActorPorts,
  review: Review,
  verdict: Verdict,
  options: XtssRequestOptions,
): Promise<ChangeOutcome> {
  const { ousUid, since, substate } = review.ous;
  const cause = verdictCause(review, verdict);
  const reason = `QA2 ${verdict}`;
  const outcome = await requestChange(
    ports,
    { operation: 'set-state', value: stateAfter[verdict], ousUID: ousUid, cause, reason, since },
    options,
  );
  const fields = { ous: ousUid, verdict, report: review.report.timestamp };
  if (outcome !== 'done') {
    ports.log.warn({ ...fields, answer: outcome.refused }, 'the OUS has moved on');
    return outcome;
  }
  ports.activity.count(verdict);
  ports.log.info(fields, 'reviewed');
  // Our XTSS clears the substate with the transition; another one may leave an old one.
  if (verdict === 'Fail' && substate) {
    await requestChange(ports, { operation: 'set-substate', value: '', ousUID: ousUid }, options);
  }
  return outcome;
}

/** Back to the list of those that wait. */
export function cancelReview(
  ports: ActorPorts,
  { ousUid, since }: QaOus,
  options: XtssRequestOptions,
): Promise<ChangeOutcome> {
  const cause = `QA2 cancelled, review of ${since}`;
  return requestChange(
    ports,
    {
      operation: 'set-state',
      value: 'ReadyForReview',
      ousUID: ousUid,
      cause,
      since,
      reason: 'QA2 cancelled',
    },
    options,
  );
}
