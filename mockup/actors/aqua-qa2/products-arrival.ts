// Waits for the products of a run in the cache of AQUA's site. Our ingestor waits by itself; the
// Python one loses its order where they are not there yet.

import { AppError, describeError } from '../../core/errors.ts';
import { isWeblogFileName, productsSubpath } from '../../core/products/product-names.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { type RetryTable, retry } from '../../platform/clock/retry.ts';
import { joinPath, pathInside } from '../../platform/files/paths.ts';
import type { ReportDocument } from './pipeline-reports.ts';

/** After that the order is sent all the same: a cache that is late by hours is no reason to stop. */
const ARRIVAL: RetryTable = { delays_s: [0.1, 0.2, 0.5, 1, 2], limit_s: 120 };

export async function waitForArrival(
  ports: ActorPorts,
  localCache: string,
  { ousUID, productsDir }: ReportDocument,
  signal: AbortSignal,
): Promise<void> {
  const run = pathInside(localCache, productsDir);
  const directory = joinPath(run, productsSubpath(ousUID));
  try {
    await retry(ports, ARRIVAL, `products in ${directory}`, signal, async () => {
      const entries = await ports.files.list(directory).catch(() => []);
      // The last by name, and a copy that is made in place goes by names.
      if (entries.some(({ name }) => isWeblogFileName(name))) return;
      throw new AppError('products_missing', `no weblog in ${directory}`, { retriable: true });
    });
  } catch (error) {
    signal.throwIfAborted();
    ports.log.warn({ ous: ousUID, reason: describeError(error) }, 'products have not arrived yet');
  }
}
