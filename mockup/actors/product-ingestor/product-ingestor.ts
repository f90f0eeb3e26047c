// Brings the products of a reviewed OUS into the archive at JAO: waits for the products directory,
// walks the steps of ingestion, and keeps the delivery status. All of it can be repeated.

import { databaseNames } from '../../core/databases.ts';
import { InvalidInputError } from '../../core/errors.ts';
import { documentId } from '../../core/identifiers.ts';
import { type IngestBody, ingestBody, parseBody } from '../../core/messages/message-bodies.ts';
import { INGEST_SELECTOR } from '../../core/messages/selectors.ts';
import type { IngestionSubstate } from '../../core/ous/life-cycle.ts';
import { hasCause, type OusDocument } from '../../core/ous/ous.ts';
import { readOus } from '../../core/ous/reading.ts';
import { ingestionCause, type ProductDelivery } from '../../core/products/delivery-status.ts';
import type { Actor, ActorPorts } from '../../platform/actor/actor.ts';
import { deliberateWait } from '../../platform/actor/deliberate-wait.ts';
import { createSlots, type Slots } from '../../platform/actor/slots.ts';
import { requestPatiently } from '../../platform/xtss/patient-request.ts';
import { isOfSupersededRun } from '../../platform/xtss/superseded-run.ts';
import { createProductStore } from './product-store.ts';
import { waitForProducts } from './products-directory.ts';

/** Messages in flight: a directory that is late, by hours, must not keep the others waiting. */
const CONCURRENCY = 64;
const OUSS_AT_A_TIME = 4;
const STEP_S = 2;
const PRODUCT_S = 1;

export interface ProductIngestorOptions {
  /** The cache directory of this site (DRAWS_LOCAL_CACHE). */
  localCache: string;
}

export async function createProductIngestor(
  ports: ActorPorts,
  options: ProductIngestorOptions,
): Promise<Actor> {
  const slots = createSlots(OUSS_AT_A_TIME);
  const receiver = ports.bus.receive(
    INGEST_SELECTOR,
    async (message) => {
      const order = parseBody(ingestBody, 'ingest', message.body);
      const end = ports.activity.begin(`products of ${order.ousUID}`);
      try {
        if (await isOfSupersededRun(ports, order, 'an order to ingest')) return;
        await ingest(ports, options.localCache, slots, order, message.signal);
      } finally {
        end();
      }
      ports.activity.count('OUSs');
    },
    { concurrency: CONCURRENCY },
  );
  await receiver.ready;
  return { stop: () => receiver.stop() };
}

/** Ends early where somebody moved the OUS on: then there is nothing more to ingest. */
async function ingest(
  ports: ActorPorts,
  localCache: string,
  slots: Slots,
  order: IngestBody,
  signal: AbortSignal,
): Promise<void> {
  const ous = await readOusOf(ports, order.ousUID);
  const delivery: ProductDelivery = {
    progId: ous.progID,
    ousUid: order.ousUID,
    timestamp: order.timestamp,
    productsDir: order.productsDir,
  };
  const enter = (substate: IngestionSubstate) =>
    enterSubstate(ports, ous, delivery, substate, signal);

  if (!hasIngestion(ous) || hasCause(ous, ingestionCause(order.productsDir, 'ProductsIngested'))) {
    ports.log.warn({ ousUid: ous.entityId, state: ous.state }, 'nothing is left to ingest');
    return;
  }
  if (!(await enter('IngestionTriggered'))) return;
  const products = await waitForProducts(ports, localCache, delivery, signal);
  await slots.run(signal, async () => {
    const store = await createProductStore(ports, delivery, products);
    if (!(await enter('AnalyzingProducts'))) return;
    await store.describe();
    if (!(await enter('IngestingProducts'))) return;
    for (const product of products.names) {
      await store.ingest(product);
      await deliberateWait(ports, PRODUCT_S, signal);
    }
    await enter('ProductsIngested');
  });
}

function hasIngestion(ous: OusDocument): boolean {
  return ous.state === 'Verified' || ous.state === 'DeliveryInProgress';
}

async function readOusOf(ports: ActorPorts, ousUid: string): Promise<OusDocument> {
  const database = ports.databases.open(databaseNames.statusEntities);
  const doc = await database.get(documentId(ousUid));
  const ous = doc && readOus(doc);
  if (ous) return ous;
  throw new InvalidInputError(`there is no OUS ${ousUid}`);
}

/** False where the OUS is somewhere else by now. Waits a while after a new step. */
async function enterSubstate(
  ports: ActorPorts,
  ous: OusDocument,
  delivery: ProductDelivery,
  substate: IngestionSubstate,
  signal: AbortSignal,
): Promise<boolean> {
  const cause = ingestionCause(delivery.productsDir, substate);
  if (hasCause(ous, cause)) return true;
  const outcome = await requestPatiently(
    ports,
    { operation: 'set-substate', value: substate, ousUID: delivery.ousUid, cause },
    signal,
  );
  if (outcome === 'done') {
    ports.log.info({ ousUid: delivery.ousUid, substate }, 'ingestion goes on');
    if (substate !== 'ProductsIngested') await deliberateWait(ports, STEP_S, signal);
    return true;
  }
  ports.log.warn({ ousUid: delivery.ousUid, substate, ...outcome }, 'the OUS has moved on');
  return false;
}
