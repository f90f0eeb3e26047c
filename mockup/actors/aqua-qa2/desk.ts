// AQUA's conversation with a reviewer: choose or paste an OUS, look at its report, say a verdict.

import { describeError } from '../../core/errors.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { listOfDocuments } from '../../platform/console/document-list.ts';
import type { ListItem } from '../../platform/console/operator-console.ts';
import type { LiveDocuments } from '../../platform/couch/documents/live-documents.ts';
import type { Deliveries } from './deliveries.ts';
import { reportText } from './report-text.ts';
import { cancelReview, conclude, type Review, type Verdict, verdictCause } from './review.ts';
import type { QaOus } from './reviewed-ous.ts';
import { takeUp } from './take-up.ts';

const TIME_LIMIT_MS = 30_000;
/** For the cancellation by a reviewer who is leaving, perhaps because the machine stops. */
const LEAVING_LIMIT_MS = 3_000;
const QUESTION = 'OUS to be reviewed (choose one, or paste its UID)';
const KEYS = { F: 'Fail', P: 'Pass', S: 'Semipass', C: 'Cancel' };
const VERDICTS: Readonly<Record<string, Verdict>> = { F: 'Fail', P: 'Pass', S: 'Semipass' };

export interface DeskOptions {
  documents: LiveDocuments<QaOus>;
  deliveries: Deliveries;
  cacheUrl: string;
  signal: AbortSignal;
}

/** Resolves when the reviewer leaves or the signal is aborted; an empty list is waited on. */
export async function serveDesk(ports: ActorPorts, options: DeskOptions): Promise<void> {
  const { documents, signal } = options;
  const list = listOfDocuments(documents, listItem);
  while (!signal.aborted) {
    const chosen = await ports.console.chooseFrom(QUESTION, list, signal);
    if (chosen === undefined) return;
    if (chosen.trim() === '') continue;
    try {
      const review = await takeUp(ports, chosen.trim(), signal);
      if (!review) ports.console.print(`${chosen.trim()} has been taken or changed meanwhile`);
      else if (!(await hold(ports, review, options))) return;
    } catch (error) {
      if (!signal.aborted) ports.console.print(describeError(error));
    }
  }
}

function listItem({ state, ousUid, progId, since, by }: QaOus): ListItem | undefined {
  if (state === 'ReadyForReview') return { value: ousUid, description: progId };
  if (state !== 'Reviewing') return undefined;
  const whose = `in review by ${by || 'somebody'} since ${since}; choose it to go on with it`;
  return { value: ousUid, description: `${progId} ${whose}` };
}

/** False when the reviewer left in the middle: the review counts as cancelled. */
async function hold(
  ports: ActorPorts,
  review: Review,
  { cacheUrl, signal, deliveries }: DeskOptions,
): Promise<boolean> {
  const { ousUid } = review.ous;
  const end = ports.activity.begin(`review of ${ousUid}`);
  try {
    ports.console.print(reportText(review.report, cacheUrl));
    const key = await ports.console.chooseKey(`QA2 of ${ousUid}`, KEYS, signal);
    const verdict = VERDICTS[key?.toUpperCase() ?? ''];
    if (key === undefined) {
      await leave(ports, review.ous);
      return false;
    }
    if (verdict === undefined) {
      await cancelReview(ports, review.ous, { timeLimit_ms: TIME_LIMIT_MS });
      ports.console.print(`review of ${ousUid} cancelled`);
      return true;
    }
    const outcome = await conclude(ports, review, verdict, {
      timeLimit_ms: TIME_LIMIT_MS,
      signal,
    });
    if (outcome !== 'done') {
      ports.console.print(`${ousUid} has been changed meanwhile: the verdict does not count`);
      return true;
    }
    ports.console.print(`${ousUid}: ${verdict}`);
    if (verdict !== 'Fail') deliveries.start(review, verdictCause(review, verdict));
    return true;
  } finally {
    end();
  }
}

async function leave(ports: ActorPorts, ous: QaOus): Promise<void> {
  try {
    await cancelReview(ports, ous, { timeLimit_ms: LEAVING_LIMIT_MS });
    ports.console.print(`review of ${ous.ousUid} cancelled`);
  } catch (error) {
    const hint = 'it stays in review; choose it again to go on with it';
    ports.console.print(`${describeError(error)}: ${ous.ousUid} ${hint}`);
  }
}
