// The products of a run in the local cache. They come by the replicated cache, which may be later
// than the order to ingest them.

import { AppError } from '../../core/errors.ts';
import type { ProductDelivery } from '../../core/products/delivery-status.ts';
import { isProductFileName, productsSubpath } from '../../core/products/product-names.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { type RetryTable, retry } from '../../platform/clock/retry.ts';
import { FileError } from '../../platform/files/files.ts';
import { joinPath, pathInside } from '../../platform/files/paths.ts';

/** Products come in seconds; where a link is down, in hours. */
const ARRIVAL: RetryTable = { delays_s: [0.1, 0.2, 0.5, 1, 2, 5, 10, 30], limit_s: 24 * 3600 };

export interface ProductFiles {
  directory: string;
  /** Sorted; at least one. */
  names: string[];
}

/** Throws AppError `products_missing` where they do not come within a day. */
export async function waitForProducts(
  ports: ActorPorts,
  localCache: string,
  delivery: ProductDelivery,
  signal: AbortSignal,
): Promise<ProductFiles> {
  const run = pathInside(localCache, delivery.productsDir);
  const directory = joinPath(run, productsSubpath(delivery.ousUid));
  return retry(ports, ARRIVAL, `products in ${directory}`, signal, async () => {
    const names = await listProducts(ports, directory);
    if (names.length > 0) return { directory, names };
    throw new AppError('products_missing', `no products in ${directory}`, {
      retriable: true,
      hint: 'does the replicated cache of this site run, and reach the other caches?',
    });
  });
}

async function listProducts(ports: ActorPorts, directory: string): Promise<string[]> {
  try {
    const entries = await ports.files.list(directory);
    const products = entries.filter(
      ({ kind, name }) => kind === 'file' && isProductFileName(name),
    );
    return products.map(({ name }) => name);
  } catch (error) {
    if (error instanceof FileError && error.code === 'file_missing') return [];
    throw error;
  }
}
