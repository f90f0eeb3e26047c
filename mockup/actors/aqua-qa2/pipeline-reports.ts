// The Pipeline reports that AQUA receives, keeps and shows.

import { databaseNames } from '../../core/databases.ts';
import { documentId } from '../../core/identifiers.ts';
import { parseBody, pipelineReportBody } from '../../core/messages/message-bodies.ts';
import { PIPELINE_REPORT_SELECTOR } from '../../core/messages/selectors.ts';
import { reportsOfOus } from '../../core/queries.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import type { Receiver } from '../../platform/bus/bus.ts';
import { createDocument } from '../../platform/couch/update-document.ts';
import type { QaOus } from './reviewed-ous.ts';

const CONCURRENCY = 4;

/** A document of `pipeline-reports`. */
export interface ReportDocument {
  _id: string;
  _rev?: string;
  ousUID: string;
  timestamp: string;
  /** Base64 of the XML. */
  encodedReport: string;
  productsDir: string;
  /** The executive where the Pipeline ran. */
  source: string;
}

/** Stores each report that arrives, once. */
export function receiveReports(ports: ActorPorts): Receiver {
  const database = ports.databases.open(databaseNames.pipelineReports);
  return ports.bus.receive(
    PIPELINE_REPORT_SELECTOR,
    async (message) => {
      const body = parseBody(pipelineReportBody, PIPELINE_REPORT_SELECTOR, message.body);
      const { ousUID, timestamp, source, report, productsDir } = body;
      const end = ports.activity.begin(`report of ${ousUID}`);
      try {
        const doc: ReportDocument = {
          _id: documentId(`${timestamp}.${ousUID}`),
          ousUID,
          timestamp,
          encodedReport: report,
          productsDir,
          source,
        };
        const isNew = await createDocument(database, doc);
        if (isNew) ports.activity.count('reports');
        ports.log.info({ ous: ousUID, timestamp, source, isNew }, 'Pipeline report received');
      } finally {
        end();
      }
    },
    { concurrency: CONCURRENCY },
  );
}

/** The newest report of the OUS's last run; undefined while none has arrived. */
export async function findReport(
  ports: ActorPorts,
  { ousUid, processedSince }: Pick<QaOus, 'ousUid' | 'processedSince'>,
): Promise<ReportDocument | undefined> {
  const database = ports.databases.open(databaseNames.pipelineReports);
  const reports = await database.find<ReportDocument>(reportsOfOus(ousUid));
  const newest = reports
    .filter(({ timestamp }) => processedSince === undefined || timestamp >= processedSince)
    .toSorted((one, other) => (one.timestamp < other.timestamp ? -1 : 1))
    .at(-1);
  return newest && database.get<ReportDocument>(newest._id);
}

/** Calls back with the OUS document id of each report that is stored from now on, by anybody. */
export async function watchReports(
  ports: ActorPorts,
  onReport: (ousDocumentId: string) => void,
): Promise<{ stop(): Promise<void> }> {
  const database = ports.databases.open(databaseNames.pipelineReports);
  const { updateSeq } = await database.info();
  return database.follow({
    since: updateSeq,
    onChanges: (changes) => {
      // A timestamp ends with its only dot and three digits.
      for (const { id, deleted } of changes) {
        if (!deleted) onReport(id.slice(id.indexOf('.') + '.000.'.length));
      }
    },
  });
}
