// The Pipeline reports that AQUA receives, keeps and shows.

import { databaseNames } from '../../core/databases.ts';
import { documentId } from '../../core/identifiers.ts';
import { parseBody, pipelineReportBody } from '../../core/messages/message-bodies.ts';
import { PIPELINE_REPORT_SELECTOR } from '../../core/messages/selectors.ts';
import { isSuperseded, type RunIdentity, readRun } from '../../core/ous/run-identity.ts';
import { reportsOfOus } from '../../core/queries.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import type { Receiver } from '../../platform/bus/bus.ts';
import type { Database } from '../../platform/couch/database.ts';
import { createDocument } from '../../platform/couch/documents/update-document.ts';
import { isOfSupersededRun } from '../../platform/xtss/superseded-run.ts';
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
  /** Absent where a Python driver sent it. */
  run?: RunIdentity;
}

/** Stores each report that arrives, once. */
export function receiveReports(ports: ActorPorts): Receiver {
  const database = ports.databases.open(databaseNames.pipelineReports);
  return ports.bus.receive(
    PIPELINE_REPORT_SELECTOR,
    async (message) => {
      const body = parseBody(pipelineReportBody, PIPELINE_REPORT_SELECTOR, message.body);
      const { ousUID, timestamp, source, report, productsDir, run } = body;
      const end = ports.activity.begin(`report of ${ousUID}`);
      try {
        if (await isOfSupersededRun(ports, body, 'a report')) return;
        const doc: ReportDocument = {
          _id: documentId(`${timestamp}.${ousUID}`),
          ousUID,
          timestamp,
          encodedReport: report,
          productsDir,
          source,
          ...(run && { run }),
        };
        const isNew = await createDocument(database, doc);
        if (isNew) ports.activity.count('reports');
        if (run && run.attempt > 1) await removeSuperseded(database, doc);
        ports.log.info({ ous: ousUID, timestamp, source, isNew }, 'Pipeline report received');
      } finally {
        end();
      }
    },
    { concurrency: CONCURRENCY },
  );
}

/** Of two runs of one assignment the later one counts; what the other sent may have come before. */
async function removeSuperseded(database: Database, doc: ReportDocument): Promise<void> {
  const others = await database.find<ReportDocument>(reportsOfOus(doc.ousUID));
  for (const { _id } of others) {
    const other = _id === doc._id ? undefined : await database.get<ReportDocument>(_id);
    if (!other || !isSuperseded(readRun(other.run), doc.run)) continue;
    await database.bulk([{ _id, _rev: other._rev, _deleted: true }]);
  }
}

/**
 * The report of the run that moved the OUS or, where that is not known, the newest of its last
 * processing; undefined while it has not arrived.
 */
export async function findReport(
  ports: ActorPorts,
  {
    ousUid,
    processedSince,
    completedRun,
  }: Pick<QaOus, 'ousUid' | 'processedSince' | 'completedRun'>,
): Promise<ReportDocument | undefined> {
  const database = ports.databases.open(databaseNames.pipelineReports);
  const reports = await database.find<ReportDocument>(reportsOfOus(ousUid));
  const newest = reports
    .filter(({ timestamp }) => processedSince === undefined || timestamp >= processedSince)
    .filter(({ timestamp }) => completedRun === undefined || timestamp === completedRun)
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
