// Watches at one site until all products of an OUS are in the site's archive, and has the OUS set
// Delivered. Replication brings OUSs, lists and products in any order, so each of the three wakes it.

import { databaseNames } from '../../core/databases.ts';
import { documentId } from '../../core/identifiers.ts';
import type { OusDocument } from '../../core/ous/ous.ts';
import type { DeliveryStatus } from '../../core/products/delivery-status.ts';
import { hasContents, type NgasDocument, ngasId } from '../../core/products/ngas-document.ts';
import type { Actor, ActorPorts } from '../../platform/actor/actor.ts';
import type { Change } from '../../platform/couch/database.ts';
import { workOnDocuments } from '../../platform/couch/documents/document-work.ts';
import { followDocuments } from '../../platform/couch/documents/live-documents.ts';
import { Releases } from '../../platform/process/releases.ts';
import { type OusChange, requestChange } from '../../platform/xtss/xtss-client.ts';
import { expectedProducts, type TrackedOus, trackedOus, trackedQueries } from './tracked-ous.ts';
import { WaitingOuss } from './waiting-ouss.ts';

const CONCURRENCY = 4;

export async function createDataTracker(ports: ActorPorts): Promise<Actor> {
  const { site, databases, log } = ports;
  const releases = new Releases();
  const waiting = new WaitingOuss();
  const wakeUps: ((id: string) => void)[] = [];
  const follow = async (name: string, wokenBy: (changedId: string) => readonly string[]) => {
    const database = databases.open(name);
    const { updateSeq } = await database.info();
    const onChanges = (changes: Change[]) => {
      const ids = new Set(changes.flatMap(({ id }) => wokenBy(id)));
      for (const id of ids) for (const wake of wakeUps) wake(id);
    };
    const feed = database.follow({ since: updateSeq, onChanges });
    releases.add(() => feed.stop());
  };
  try {
    // Followed before any OUS is looked at, so that nothing comes unseen in between.
    await follow(databaseNames.deliveryStatus, (id) => waiting.forList(id));
    await follow(databaseNames.ngas, (id) => waiting.forProduct(id));
    const documents = await followDocuments(databases.open(databaseNames.statusEntities), {
      queries: trackedQueries(site),
      select: (doc: OusDocument & { _rev: string }) => trackedOus(doc, site),
    });
    releases.add(() => documents.stop());
    releases.add(documents.onChange((ids) => waiting.keepOnly(ids, documents)));
    const work = workOnDocuments(ports, {
      documents,
      concurrency: CONCURRENCY,
      handle: (ous, signal) => handle(ports, waiting, ous, signal),
    });
    releases.add(() => work.stop());
    wakeUps.push(work.wake);
  } catch (error) {
    await releases.release();
    throw error;
  }
  log.info({ site }, 'tracking deliveries');
  return { stop: () => releases.release() };
}

async function handle(
  ports: ActorPorts,
  waiting: WaitingOuss,
  ous: TrackedOus,
  signal: AbortSignal,
): Promise<void> {
  const end = ports.activity.begin(`delivery of ${ous.ousUid}`);
  try {
    if (ous.kind === 'to-clear') await clear(ports, ous, signal);
    else if (await isHere(ports, waiting, ous)) await deliver(ports, waiting, ous, signal);
  } finally {
    end();
  }
}

/** True where every product is in the archive here; otherwise what is missing is waited for. */
async function isHere(
  ports: ActorPorts,
  waiting: WaitingOuss,
  ous: Extract<TrackedOus, { kind: 'ingested' }>,
): Promise<boolean> {
  if (waiting.isDelivered(ous)) return false;
  // Noted before each look: what comes during the look wakes again.
  const id = documentId(ous.ousUid);
  waiting.waitForList(ous.id, id);
  const lists = ports.databases.open(databaseNames.deliveryStatus);
  const products = expectedProducts(ous, await lists.get<DeliveryStatus>(id));
  if (!products) return false;
  const ids = products.map(ngasId);
  waiting.waitForProducts(ous.id, ids);
  const archive = ports.databases.open(databaseNames.ngas);
  const found = await archive.getMany<NgasDocument>(ids);
  const missing = ids.filter((_, index) => {
    const lookup = found[index];
    return !lookup || !('doc' in lookup) || !hasContents(lookup.doc);
  });
  if (missing.length === 0) return true;
  waiting.waitForProducts(ous.id, missing);
  ports.log.info({ ousUid: ous.ousUid, missing: missing.length }, 'waiting for products');
  return false;
}

async function deliver(
  ports: ActorPorts,
  waiting: WaitingOuss,
  ous: Extract<TrackedOus, { kind: 'ingested' }>,
  signal: AbortSignal,
): Promise<void> {
  const { ousUid: ousUID, since } = ous;
  const cause = `delivered to ${ports.site} since ${since}`;
  await ask(ports, { operation: 'set-state', value: 'Delivered', ousUID, cause, since }, signal);
  waiting.delivered(ous);
  ports.activity.count('OUSs');
}

async function clear(
  ports: ActorPorts,
  ous: Extract<TrackedOus, { kind: 'to-clear' }>,
  signal: AbortSignal,
): Promise<void> {
  const { ousUid: ousUID } = ous;
  // The executive last: without it the OUS is nobody's.
  if (ous.hasSubstate) {
    await ask(ports, { operation: 'set-substate', value: '', ousUID }, signal);
  }
  await ask(ports, { operation: 'clear-exec', ousUID }, signal);
}

async function ask(ports: ActorPorts, change: OusChange, signal: AbortSignal): Promise<void> {
  const outcome = await requestChange(ports, change, { signal });
  const fields = { ousUid: change.ousUID, operation: change.operation };
  if (outcome === 'done') ports.log.info(fields, 'XTSS made the change');
  else ports.log.warn({ ...fields, ...outcome }, 'the OUS has moved on');
}
