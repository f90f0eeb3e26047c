// The document of one delivery in `delivery-status`: the products of an OUS that are in the
// archive so far. It names the run that it is about, so that the list of an earlier run of the
// same OUS is never taken for that of the present one.

import { documentId } from '../identifiers.ts';
import type { IngestionSubstate } from '../ous/life-cycle.ts';

export interface DeliveryStatus {
  _id: string;
  _rev?: string;
  progID: string;
  ousUID: string;
  timestamp: string;
  /** File names, sorted. */
  dataProducts: string[];
  /** True once every product of the run is in the archive. */
  complete: boolean;
  /** Directory of the run; absent where the Python mockup wrote the document. */
  productsDir?: string;
}

export interface ProductMetadata {
  _id: string;
  _rev?: string;
  progID: string;
  ousUID: string;
  timestamp: string;
}

/** What a delivery is about. */
export interface ProductDelivery {
  progId: string;
  ousUid: string;
  timestamp: string;
  productsDir: string;
}

/**
 * The document after `products` were ingested, or undefined where nothing changes. It goes on
 * from `current` only where that is about the same run.
 */
export function withProducts(
  current: DeliveryStatus | undefined,
  delivery: ProductDelivery,
  products: readonly string[],
  complete: boolean,
): DeliveryStatus | undefined {
  const isSameRun = current?.productsDir === delivery.productsDir;
  const before = isSameRun ? current.dataProducts : [];
  const wasComplete = isSameRun && current.complete;
  const dataProducts = [...new Set([...before, ...products])].sort();
  const isUnchanged = dataProducts.length === before.length && wasComplete === complete;
  if (isSameRun && (isUnchanged || wasComplete)) return undefined;
  return {
    ...(current ?? {}),
    _id: documentId(delivery.ousUid),
    progID: delivery.progId,
    ousUID: delivery.ousUid,
    timestamp: delivery.timestamp,
    dataProducts,
    complete,
    productsDir: delivery.productsDir,
  };
}

export function makeProductMetadata(delivery: ProductDelivery, fileName: string): ProductMetadata {
  return {
    _id: documentId(fileName),
    progID: delivery.progId,
    ousUID: delivery.ousUid,
    timestamp: delivery.timestamp,
  };
}

/** The cause under which XTSS records a step of a run's ingestion. */
export function ingestionCause(productsDir: string, substate: IngestionSubstate): string {
  return `ingest ${productsDir} ${substate}`;
}
