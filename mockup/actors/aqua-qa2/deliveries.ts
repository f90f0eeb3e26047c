// What follows a Pass or Semipass: the ingestor is told, and a little later the delivery is in
// progress. An AQUA that dies in between leaves a Verified OUS; whichever AQUA of the site sees it
// completes its delivery, once.

import { describeError } from '../../core/errors.ts';
import type { Executive } from '../../core/executives.ts';
import { INGEST_SELECTOR } from '../../core/messages/selectors.ts';
import { isBySite } from '../../core/ous/author-site.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { deliberateWait } from '../../platform/actor/deliberate-wait.ts';
import { wereSent } from '../../platform/bus/sent-messages.ts';
import { workOnDocuments } from '../../platform/couch/documents/document-work.ts';
import type { LiveDocuments } from '../../platform/couch/documents/live-documents.ts';
import { requestChange } from '../../platform/xtss/xtss-client.ts';
import { findReport, type ReportDocument } from './pipeline-reports.ts';
import { waitForArrival } from './products-arrival.ts';
import type { Review } from './review.ts';
import type { QaOus } from './reviewed-ous.ts';

const BEFORE_DELIVERY_S = 5;
/** Another AQUA has this long to deliver by itself what it has verified. */
const PATIENCE_S = 2 * BEFORE_DELIVERY_S;
const REPAIRS_AT_A_TIME = 8;

export interface Deliveries {
  /** Delivers, in the background, what `cause` has just made Verified. */
  start(review: Review, cause: string): void;
  /** Resolves when those in flight are done. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export function createDeliveries(
  ports: ActorPorts,
  documents: LiveDocuments<QaOus>,
  localCache?: string,
): Deliveries {
  const order = async (ousUid: string, report: ReportDocument, signal: AbortSignal) => {
    if (localCache !== undefined) await waitForArrival(ports, localCache, report, signal);
    await sendIngest(ports, ousUid, report);
  };
  const inFlight = new Map<string, Promise<void>>();
  const stopping = new AbortController();

  const isNeeded = (ous: QaOus): boolean =>
    ous.state === 'Verified' && isVerifiedByAqua(ous, ports.site) && !inFlight.has(ous.id);
  const repairs = workOnDocuments(ports, {
    documents,
    concurrency: REPAIRS_AT_A_TIME,
    handle: async (ous, signal) => {
      if (!isNeeded(ous)) return;
      await deliberateWait(ports, PATIENCE_S, signal);
      const now = documents.get(ous.id);
      if (now?.since !== ous.since || !isNeeded(now)) return;
      const report = await findReport(ports, now);
      if (!report) {
        ports.log.error({ ous: ous.ousUid }, 'a Verified OUS has no Pipeline report');
        return;
      }
      ports.log.info({ ous: ous.ousUid }, 'completing a delivery');
      const [isSent] = await wereSent(ports.databases, [ingestMessage(ous.ousUid, report)]);
      if (!isSent) await order(ous.ousUid, report, signal);
      await beginDelivery(ports, ous.ousUid, report, { signal });
    },
  });

  const deliver = async ({ ous, report }: Review, cause: string): Promise<void> => {
    const { signal } = stopping;
    const end = ports.activity.begin(`delivery of ${ous.ousUid}`);
    try {
      await order(ous.ousUid, report, signal);
      await deliberateWait(ports, BEFORE_DELIVERY_S, signal);
      const now = documents.get(ous.id);
      // An XTSS that keeps no history leaves no cause to know the own verdict by.
      const isOther = now?.cause !== '' && now?.cause !== cause;
      if (now?.state === 'Verified' && isOther) return;
      await beginDelivery(ports, ous.ousUid, report, { signal });
    } catch (error) {
      if (signal.aborted) return;
      ports.log.warn({ ous: ous.ousUid, error: describeError(error) }, 'delivery failed');
    } finally {
      end();
      inFlight.delete(ous.id);
      repairs.wake(ous.id);
    }
  };

  const idle = async (): Promise<void> => {
    await Promise.all(inFlight.values());
  };
  return {
    idle,
    start: (review, cause) => {
      inFlight.set(review.ous.id, deliver(review, cause));
    },
    stop: async () => {
      stopping.abort(new Error('stopping'));
      await repairs.stop();
      await idle();
    },
  };
}

function isVerifiedByAqua({ by, cause }: QaOus, site: Executive): boolean {
  return isBySite(by, site) && cause.startsWith('QA2 ');
}

function ingestMessage(ousUid: string, { timestamp }: ReportDocument) {
  const key = `ingest ${ousUid} ${timestamp}`;
  return { selector: INGEST_SELECTOR, key, creationTimestamp: timestamp };
}

async function sendIngest(
  ports: ActorPorts,
  ousUid: string,
  report: ReportDocument,
): Promise<void> {
  const { timestamp, productsDir, run } = report;
  const { selector, ...identity } = ingestMessage(ousUid, report);
  await ports.bus.send(
    selector,
    { ousUID: ousUid, timestamp, productsDir, ...(run && { run }) },
    identity,
  );
}

async function beginDelivery(
  ports: ActorPorts,
  ousUid: string,
  { timestamp }: ReportDocument,
  options: { signal: AbortSignal },
): Promise<void> {
  const cause = `delivery of report ${timestamp}`;
  const outcome = await requestChange(
    ports,
    { operation: 'set-state', value: 'DeliveryInProgress', ousUID: ousUid, cause },
    options,
  );
  if (outcome === 'done') {
    ports.log.info({ ous: ousUid }, 'delivery started');
  } else {
    ports.log.warn({ ous: ousUid, answer: outcome.refused }, 'the OUS has moved on');
  }
}
