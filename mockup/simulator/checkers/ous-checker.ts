// Has one OUS been delivered, and exactly once? Counts its documents in every database of a site.

import type { Database, DatabaseServer, Document } from '../../platform/couch/database.ts';
import { checkHistory, completedRuns, historyOf } from './life-cycle-checker.ts';

const PRODUCTS = 5;

/** All documents of a site that can be about OUSs, read once for all checks. */
export interface SiteDocuments {
  ouss: Document[];
  reports: Document[];
  deliveries: Document[];
  archive: Document[];
  metadata: Document[];
}

export async function readSite(server: DatabaseServer): Promise<SiteDocuments> {
  const all = async (name: string): Promise<Document[]> => documentsOf(server.open(name));
  return {
    ouss: await all('status-entities'),
    reports: await all('pipeline-reports'),
    deliveries: await all('delivery-status'),
    archive: await all('ngas'),
    metadata: await all('products-metadata'),
  };
}

/** All documents but those of indexes. */
export async function documentsOf(database: Database): Promise<Document[]> {
  const documents = await database.allDocs<Document>();
  return documents.filter(({ _id }) => !_id.startsWith('_design/'));
}

/** What is wrong with the OUS; nothing: an empty list. */
export function checkOus(site: SiteDocuments, ousUid: string): string[] {
  const ous = site.ouss.find(({ entityId }) => entityId === ousUid);
  if (!ous) return ['there is no such OUS'];
  if (ous.state !== 'Delivered') return [`it is ${ous.state}/${ous.substate}`];
  const flags = ous.flags as Record<string, unknown>;
  return [
    ...(ous.substate ? [`it still has the substate ${ous.substate}`] : []),
    ...(flags.PL_PROCESSING_EXECUTIVE === undefined ? [] : ['it still has an executive']),
    ...checkHistory(ous),
    ...checkDocuments(site, ousUid, completedRuns(historyOf(ous))),
  ];
}

/** A run that failed leaves nothing; one that was reviewed and failed leaves report and weblog. */
function checkDocuments(site: SiteDocuments, ousUid: string, runs: number): string[] {
  const about = ({ ousUID }: Document): boolean => ousUID === ousUid;
  const deliveries = site.deliveries.filter(about);
  const metadata = site.metadata.filter(about).map(({ _id }) => _id);
  const archived = site.archive.map(({ _id }) => _id);
  const products = archived.filter((id) => fileNames(ousUid, 'product-\\d', 'data').test(id));
  const weblogs = archived.filter((id) => fileNames(ousUid, 'weblog', 'zip').test(id));
  const listed = deliveries.flatMap(({ dataProducts }) => dataProducts as string[]);
  const counts: [what: string, found: number, expected: number][] = [
    ['pipeline reports', site.reports.filter(about).length, runs],
    ['delivery statuses', deliveries.length, 1],
    ['complete delivery statuses', deliveries.filter(({ complete }) => complete).length, 1],
    ['products in the delivery status', listed.length, PRODUCTS],
    ['products in the archive', products.length, PRODUCTS],
    ['weblogs in the archive', weblogs.length, runs],
    ['metadata records', metadata.length, PRODUCTS],
  ];
  const problems = counts
    .filter(([, found, expected]) => found !== expected)
    .map(([what, found, expected]) => `${found} ${what} instead of ${expected}`);
  const delivered = listed.map((name) => name.replaceAll(':', '_'));
  if (delivered.join() !== [...delivered].sort().join()) problems.push('products are not sorted');
  if (delivered.join() !== products.join()) problems.push('other products are archived');
  if (delivered.join() !== metadata.join()) problems.push('other products have metadata');
  return problems;
}

/** Archive ids of files of an OUS: `product-3-X1-X1-Xb0-2026-01-05T00_00_00.000.data`. */
function fileNames(ousUid: string, kind: string, extension: string): RegExp {
  const uid = ousUid.replace('uid://', '').replaceAll('/', '-');
  return new RegExp(`^${kind}-${uid}-\\d{4}-\\d\\d-\\d\\dT[\\d_.]+\\.${extension}$`);
}
