// All about one OUS, read from the databases when somebody asks: history, runs of the Pipeline
// with their reports and products, and its delivery.

import { databaseNames } from '../../../mockup/core/databases.ts';
import { documentId, isOusUid } from '../../../mockup/core/identifiers.ts';
import { weblogName } from '../../../mockup/core/products/product-names.ts';
import { archivedFile, productsOfOus, reportsOfOus } from '../../../mockup/core/queries.ts';
import {
  type Database,
  DatabaseRefusedError,
  type DatabaseServer,
  type Document,
  type Stored,
} from '../../../mockup/platform/couch/database.ts';
import type { ArchivedProduct, OusDetail, PipelineRun } from '../../protocol/json-api.ts';
import type { OusSummary } from '../../protocol/summaries.ts';
import { historyOf, summariseOus } from '../summaries/ous-summary.ts';
import { numberOf, textOf, timeOf } from '../summaries/reading.ts';
import { productsLink, weblogLink } from '../tables/links.ts';
import { readReport } from '../tables/report-table.ts';

const RUNS_MAX = 20;
const PRODUCTS_MAX = 500;
const LOOK_UPS_AT_A_TIME = 8;

/** `known`: as the model has it. Undefined where the OUS is gone meanwhile. */
export async function readOusDetail(
  server: DatabaseServer,
  known: OusSummary,
): Promise<OusDetail | undefined> {
  const open = (name: keyof typeof databaseNames) => server.open(databaseNames[name]);
  const { uid } = known;
  const [ous, delivery, reports, products] = await Promise.all([
    getOne(open('statusEntities'), known.id),
    whereThereIsOne(null, getOne(open('deliveryStatus'), documentId(uid))),
    whereThereIsOne([], newestReports(open('pipelineReports'), uid)),
    whereThereIsOne([], productsOf(open('productsMetadata'), uid)),
  ]);
  if (!ous) return undefined;
  return {
    summary: summariseOus(ous)?.summary ?? known,
    history: historyOf(ous),
    runs: await readRuns(open('ngas'), uid, reports, products),
    delivery: delivery && {
      time_ms: timeOf(delivery.timestamp),
      products: textsOf(delivery.dataProducts),
      complete: delivery.complete === true,
    },
  };
}

async function getOne(database: Database, id: string): Promise<Stored<Document> | null> {
  const [found] = await database.getMany<Document>([id]);
  return found && 'doc' in found ? found.doc : null;
}

/** A site that has no such database has none of its documents. */
async function whereThereIsOne<T>(nothing: T, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof DatabaseRefusedError && error.status === 404) return nothing;
    throw error;
  }
}

/** Reports are large: only those that are shown are read as a whole. */
async function newestReports(database: Database, ousUid: string): Promise<Stored<Document>[]> {
  const all = await database.find<Document>(reportsOfOus(ousUid));
  const timeOfReport = ({ timestamp }: Document) => textOf(timestamp) ?? '';
  const newest = all
    .sort((one, other) => (timeOfReport(one) < timeOfReport(other) ? 1 : -1))
    .slice(0, RUNS_MAX);
  const found = await database.getMany<Document>(newest.map(({ _id }) => _id));
  return found.flatMap((one) => ('doc' in one ? [one.doc] : []));
}

/** Names alone, which end in the time of their run. */
async function productsOf(database: Database, ousUid: string): Promise<Stored<Document>[]> {
  const all = await database.find<Document>(productsOfOus(ousUid));
  const timeOfProduct = ({ timestamp }: Document) => textOf(timestamp) ?? '';
  return all
    .sort((one, other) => (timeOfProduct(one) < timeOfProduct(other) ? 1 : -1))
    .slice(0, PRODUCTS_MAX);
}

async function readRuns(
  ngas: Database,
  ousUid: string,
  reports: readonly Stored<Document>[],
  products: readonly Stored<Document>[],
): Promise<PipelineRun[]> {
  const timestamps = [...reports, ...products].flatMap(({ timestamp }) => textOf(timestamp) ?? []);
  const newest = [...new Set(timestamps)].sort().reverse().slice(0, RUNS_MAX);
  const runs: PipelineRun[] = [];
  for (const timestamp of newest) {
    const report = reports.find((one) => one.timestamp === timestamp);
    const names = products.filter((one) => one.timestamp === timestamp).map(({ _id }) => _id);
    const weblog = isOusUid(ousUid) ? `${weblogName(ousUid, timestamp)}.zip` : undefined;
    const files = await lookUp(ngas, weblog ? [...names, weblog] : names);
    const archivedWeblog = weblog ? files.pop() : undefined;
    runs.push({
      timestamp,
      time_ms: timeOf(timestamp),
      ...reportPart(report),
      products: files,
      weblog: archivedWeblog ?? null,
      productsLink: productsLink(report?.productsDir, ousUid),
      weblogLink: report ? weblogLink(ousUid, timestamp) : null,
    });
  }
  return runs;
}

function reportPart(doc: Stored<Document> | undefined) {
  const report = doc && readReport(doc);
  return {
    source: textOf(doc?.source),
    recipe: textOf(report?.recipe),
    processingTime: textOf(report?.processingTime),
    finalScore: report?.finalScore ?? null,
    topics: (report?.topics ?? []).slice(0, 50).map(({ topic, score, reason }) => ({
      topic: textOf(topic) ?? '',
      score: score ?? null,
      reason: textOf(reason) ?? '',
    })),
  };
}

/** What the archive has of these files, in their order. */
async function lookUp(ngas: Database, names: readonly string[]): Promise<ArchivedProduct[]> {
  const files: ArchivedProduct[] = [];
  for (let at = 0; at < names.length; at += LOOK_UPS_AT_A_TIME) {
    const some = names.slice(at, at + LOOK_UPS_AT_A_TIME);
    files.push(...(await Promise.all(some.map((name) => lookUpOne(ngas, name)))));
  }
  return files;
}

async function lookUpOne(ngas: Database, name: string): Promise<ArchivedProduct> {
  const looking = ngas.find<Document>(archivedFile(documentId(name)));
  const [doc] = await whereThereIsOne([], looking);
  return {
    name: textOf(name) ?? '',
    archived: doc !== undefined,
    size_bytes: numberOf(doc?.size_bytes),
    checksum: textOf(doc?.checksum),
    time_ms: timeOf(doc?.writeTimestamp),
  };
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value)
    ? value.slice(0, PRODUCTS_MAX).flatMap((one) => textOf(one) ?? [])
    : [];
}
