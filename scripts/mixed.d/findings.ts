// What one mixture has left behind, counted, and whether that is as it must be.

import { databaseNames } from '../../mockup/core/databases.ts';
import { documentId } from '../../mockup/core/identifiers.ts';
import type { OusDocument } from '../../mockup/core/ous/ous.ts';
import type { Database, DatabaseServer, Document } from '../../mockup/platform/couch/database.ts';
import { createLocalFiles } from '../../mockup/platform/files/local-files.ts';
import { checkCaches, readCache } from '../../mockup/simulator/checkers/cache-checker.ts';

export interface Findings {
  state: string;
  reports: number;
  /** Complete ones. */
  deliveries: number;
  ngas: number;
  metadata: number;
  /** Messages that nobody took, at either site. */
  unread: number;
  cachesEqual: boolean;
  /** Documents that were written more often than their life needs: `msgq/ID: 6706`. */
  rewritten: string[];
  /** The most revisions of a document in each database. */
  revisions: Record<string, number>;
}

/**
 * The most that a document's life needs. A message: sent, claimed, renewed now and then while it is
 * worked on, done. An OUS: launched twice, recipe, and three writes for each of its states.
 */
const REVISIONS_MAX: Readonly<Record<string, number>> = {
  [databaseNames.messages]: 14,
  [databaseNames.statusEntities]: 24,
  [databaseNames.deliveryStatus]: 7,
  [databaseNames.pipelineReports]: 1,
  [databaseNames.productsMetadata]: 1,
  [databaseNames.ngas]: 1,
};

export interface LookedAt {
  jao: { server: DatabaseServer; cache: string };
  arc: { server: DatabaseServer; cache: string };
  ousUid: string;
}

export async function findAll({ jao, arc, ousUid }: LookedAt): Promise<Findings> {
  const open = (name: string) => jao.server.open(name);
  const ous = await open(databaseNames.statusEntities).get<OusDocument>(documentId(ousUid));
  const deliveries = await documents(open(databaseNames.deliveryStatus));
  const messages = await Promise.all(
    [jao, arc].map(({ server }) => documents(server.open(databaseNames.messages))),
  );
  const unread = new Set(
    messages.flat().flatMap(({ _id, consumed }) => (consumed === false ? [_id] : [])),
  );
  return {
    state: ous ? [ous.state, ous.substate].filter(Boolean).join('/') : 'none',
    reports: (await documents(open(databaseNames.pipelineReports))).length,
    deliveries: deliveries.filter(({ complete }) => complete === true).length,
    ngas: (await documents(open(databaseNames.ngas))).length,
    metadata: (await documents(open(databaseNames.productsMetadata))).length,
    unread: unread.size,
    cachesEqual: await areCachesEqual(jao.cache, arc.cache),
    ...(await revisionsOf(open)),
  };
}

/** What is not as it must be. */
export function faultsOf(found: Findings): string[] {
  const wanted: [what: string, found: unknown, wanted: unknown][] = [
    ['state', found.state, 'Delivered'],
    ['reports', found.reports, 1],
    ['complete deliveries', found.deliveries, 1],
    ['NGAS documents', found.ngas, 6],
    ['product metadata', found.metadata, 5],
    ['unread messages', found.unread, 0],
    ['caches equal', found.cachesEqual, true],
  ];
  const wrong = wanted.filter(([, one, other]) => one !== other);
  return [
    ...wrong.map(([what, one, other]) => `${what}: ${one}, not ${other}`),
    ...found.rewritten.map((text) => `written too often: ${text}`),
  ];
}

async function documents(database: Database): Promise<Document[]> {
  const all = await database.allDocs<Document>();
  return all.filter(({ _id }) => !_id.startsWith('_design/'));
}

async function revisionsOf(
  open: (name: string) => Database,
): Promise<Pick<Findings, 'revisions' | 'rewritten'>> {
  const revisions: Record<string, number> = {};
  const rewritten: string[] = [];
  for (const [name, max] of Object.entries(REVISIONS_MAX)) {
    for (const { _id, _rev } of await documents(open(name))) {
      const generation = Number.parseInt(String(_rev), 10);
      revisions[name] = Math.max(revisions[name] ?? 0, generation);
      if (generation > max) rewritten.push(`${name}/${_id}: ${generation}`);
    }
  }
  return { revisions, rewritten };
}

/** Also where neither holds anything but the folder for weblogs. */
export async function areCachesEqual(jao: string, arc: string): Promise<boolean> {
  const files = createLocalFiles();
  const [here, there] = [
    await readCache({ name: 'JAO', files, directory: jao }),
    await readCache({ name: 'ARC', files, directory: arc }),
  ];
  return checkCaches(here, [there]).length === 0;
}
