// The Pipeline reports. The report itself stays in the database; its score is read from it when a
// row is shown.

import { parsePipelineReport } from '../../../mockup/core/products/pipeline-report.ts';
import { reportHead } from '../../../mockup/core/queries.ts';
import type { Database, Document, Stored } from '../../../mockup/platform/couch/database.ts';
import type { LiveModel } from '../model/live-model.ts';
import { textOf, timeOf } from '../summaries/reading.ts';
import type { SharedTexts } from '../summaries/shared-texts.ts';
import { documentFields, onePerQuery } from '../watch/document-pages.ts';
import { RowSink } from '../watch/row-sink.ts';
import { productsLink, weblogLink } from './links.ts';
import { column, type Table } from './table.ts';

export interface ReportRow {
  id: string;
  ousUid: string | null;
  timestamp: string | null;
  productsDir: string | null;
  source: string | null;
  /** Undefined until the report was read. */
  score: number | null | undefined;
}

const FIELDS = ['_id', '_rev', 'ousUID', 'timestamp', 'productsDir', 'source'];
const READ_AT_A_TIME = 50;
/** Base64 of the longest report that is read. */
const ENCODED_LENGTH_MAX = 1_400_000;

export function createReportSink(
  model: LiveModel,
  database: Database,
  texts: SharedTexts,
): RowSink<ReportRow> {
  return new RowSink<ReportRow>(model, {
    table: 'reports',
    database,
    read: () => documentFields(database, FIELDS),
    readSome: (ids) => onePerQuery(database, ids, reportHead),
    row: (doc) => ({
      id: doc._id,
      ousUid: texts.of(doc.ousUID),
      timestamp: textOf(doc.timestamp),
      productsDir: textOf(doc.productsDir),
      source: texts.of(doc.source),
      score: doc.encodedReport === undefined ? undefined : scoreOf(doc),
    }),
  });
}

export function reportTable(sink: RowSink<ReportRow>, database: Database): Table<ReportRow> {
  return {
    name: 'reports',
    sortedBy: 'time',
    columns: [
      column('time', 'Time', 'time', ({ timestamp }) => timeOf(timestamp)),
      column('ous', 'OUS', 'uid', ({ ousUid }) => ousUid),
      column('source', 'Executive', 'text', ({ source }) => source),
      column('score', 'Score', 'score', ({ score }) => score ?? null),
      column('directory', 'Products directory', 'text', ({ productsDir }) => productsDir),
      column('products', 'Products', 'link', (row) => productsLink(row.productsDir, row.ousUid)),
      column('weblog', 'Weblog', 'link', (row) => weblogLink(row.ousUid, row.timestamp)),
    ],
    rows: () => sink.rows.values(),
    size: () => sink.size(),
    completedColumn: 'score',
    complete: (rows) => withScores(sink, database, rows),
  };
}

async function withScores(
  sink: RowSink<ReportRow>,
  database: Database,
  rows: readonly ReportRow[],
): Promise<ReportRow[]> {
  const unread = rows.filter(({ score }) => score === undefined).map(({ id }) => id);
  for (let at = 0; at < unread.length; at += READ_AT_A_TIME) {
    const found = await database.getMany<Document>(unread.slice(at, at + READ_AT_A_TIME));
    for (const one of found) {
      if (!('doc' in one)) continue;
      const row = sink.rows.get(one.doc._id);
      if (row) row.score = scoreOf(one.doc);
    }
  }
  return rows.map((row) => sink.rows.get(row.id) ?? row);
}

function scoreOf(doc: Stored<Document>): number | null {
  return readReport(doc)?.finalScore ?? null;
}

/** What the report in a document of `pipeline-reports` says; undefined where there is none. */
export function readReport(doc: Document): ReturnType<typeof parsePipelineReport> | undefined {
  const { encodedReport } = doc;
  if (typeof encodedReport !== 'string' || encodedReport.length > ENCODED_LENGTH_MAX) return;
  return parsePipelineReport(Buffer.from(encodedReport, 'base64').toString());
}
