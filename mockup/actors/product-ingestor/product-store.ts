// Where the products of one run go: the file to the archive, its description to the metadata, its
// name to the list of what is delivered.

import { databaseNames } from '../../core/databases.ts';
import { AppError } from '../../core/errors.ts';
import { documentId } from '../../core/identifiers.ts';
import {
  type DeliveryStatus,
  makeProductMetadata,
  type ProductDelivery,
  withProducts,
} from '../../core/products/delivery-status.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { ConflictError, type Database } from '../../platform/couch/database.ts';
import { pathInside } from '../../platform/files/paths.ts';
import { createNgasArchive } from '../../platform/ngas/ngas-archive.ts';
import type { ProductFiles } from './products-directory.ts';

export interface ProductStore {
  /** Writes the metadata of all products, in one request. */
  describe(): Promise<void>;
  /** Archives one product and adds it to the list; with the last one the list is complete. */
  ingest(name: string): Promise<void>;
}

/** Everything that it does can be repeated. */
export async function createProductStore(
  ports: ActorPorts,
  delivery: ProductDelivery,
  products: ProductFiles,
): Promise<ProductStore> {
  const archive = createNgasArchive(ports.databases.open(databaseNames.ngas), ports.clock);
  const metadata = ports.databases.open(databaseNames.productsMetadata);
  const statuses = ports.databases.open(databaseNames.deliveryStatus);
  const list = new DeliveryList(statuses, delivery);
  return {
    describe: () => describeProducts(metadata, delivery, products.names),
    async ingest(name) {
      await archive.store(name, await ports.files.read(pathInside(products.directory, name)));
      await list.add(name, name === products.names.at(-1));
    },
  };
}

async function describeProducts(
  metadata: Database,
  delivery: ProductDelivery,
  names: readonly string[],
): Promise<void> {
  const docs = names.map((name) => makeProductMetadata(delivery, name));
  for (const result of await metadata.bulk(docs)) {
    // A conflict means that an earlier attempt wrote it.
    if (result.ok || result.error === 'conflict') continue;
    throw new AppError('write_refused', `${result.id} was refused: ${result.error}`);
  }
}

/** The growing list; only this actor writes it, so it is read once. */
class DeliveryList {
  readonly #database: Database;
  readonly #delivery: ProductDelivery;
  #current: DeliveryStatus | undefined;
  #isRead = false;

  constructor(database: Database, delivery: ProductDelivery) {
    this.#database = database;
    this.#delivery = delivery;
  }

  async add(name: string, isLast: boolean): Promise<void> {
    if (!this.#isRead) await this.#read();
    const changed = withProducts(this.#current, this.#delivery, [name], isLast);
    if (!changed) return;
    try {
      const _rev = await this.#database.put(changed);
      this.#current = { ...changed, _rev };
    } catch (error) {
      // Somebody else wrote it after all: the message's next attempt starts from what is there.
      if (error instanceof ConflictError) this.#isRead = false;
      throw error;
    }
  }

  async #read(): Promise<void> {
    const id = documentId(this.#delivery.ousUid);
    this.#current = await this.#database.get<DeliveryStatus>(id);
    this.#isRead = true;
  }
}
