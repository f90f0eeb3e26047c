// A reviewer's first step: the OUS that was named is taken into review.

import { databaseNames } from '../../core/databases.ts';
import { InvalidInputError } from '../../core/errors.ts';
import { documentId, requireOusUid } from '../../core/identifiers.ts';
import type { OusDocument } from '../../core/ous/ous.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { findReport } from './pipeline-reports.ts';
import { beginReview, type Review } from './review.ts';
import { asQaOus } from './reviewed-ous.ts';

const TIME_LIMIT_MS = 30_000;

/**
 * Begins a review, or goes on with one that was left. Undefined where somebody was faster; throws
 * InvalidInputError where there is nothing to review.
 */
export async function takeUp(
  ports: ActorPorts,
  chosen: string,
  signal: AbortSignal,
): Promise<Review | undefined> {
  const ousUid = requireOusUid(chosen);
  const database = ports.databases.open(databaseNames.statusEntities);
  const stored = await database.get<OusDocument>(documentId(ousUid));
  if (!stored) throw new InvalidInputError(`there is no OUS ${ousUid}`);
  const ous = asQaOus(stored);
  if (!ous || ous.state === 'Verified') {
    throw new InvalidInputError(`${ousUid} is not ready for review: it is ${stored.state}`);
  }
  const report = await findReport(ports, ous);
  if (!report) {
    throw new InvalidInputError(`the Pipeline report of ${ousUid} has not arrived yet`, {
      hint: 'try again in a moment',
    });
  }
  const review = { ous, report };
  if (ous.state === 'Reviewing') return review;
  return beginReview(ports, review, 'person', { timeLimit_ms: TIME_LIMIT_MS, signal });
}
