// What each waiting OUS waits for, so that a change of a list or of the archive wakes only those
// that it concerns; and which ones XTSS has been asked about, whose new state is not here yet.

import type { LiveDocuments } from '../../platform/couch/documents/live-documents.ts';
import type { TrackedOus } from './tracked-ous.ts';

export class WaitingOuss {
  /** OUSs by the id of the delivery status that they wait for. */
  readonly #lists = new Map<string, string>();
  /** OUSs by the id of an archive document that they wait for. */
  readonly #products = new Map<string, string>();
  /** The revision of an OUS for which its delivery was asked. */
  readonly #delivered = new Map<string, string>();

  waitForList(ous: string, listId: string): void {
    this.#lists.set(listId, ous);
  }

  /** Replaces what the OUS waited for before. */
  waitForProducts(ous: string, ids: readonly string[]): void {
    this.#forgetProducts(ous);
    for (const id of ids) this.#products.set(id, ous);
  }

  forList(listId: string): readonly string[] {
    const ous = this.#lists.get(listId);
    return ous === undefined ? [] : [ous];
  }

  forProduct(id: string): readonly string[] {
    const ous = this.#products.get(id);
    return ous === undefined ? [] : [ous];
  }

  delivered(ous: TrackedOus): void {
    this.#delivered.set(ous.id, ous.rev);
    this.#forgetWaits(ous.id);
  }

  /** True where this very revision was dealt with. */
  isDelivered(ous: TrackedOus): boolean {
    return this.#delivered.get(ous.id) === ous.rev;
  }

  /** Forgets those of `ids` that are no longer tracked. */
  keepOnly(ids: readonly string[], tracked: LiveDocuments<TrackedOus>): void {
    for (const id of ids) {
      if (tracked.get(id)) continue;
      this.#delivered.delete(id);
      this.#forgetWaits(id);
    }
  }

  #forgetWaits(ous: string): void {
    this.#forgetProducts(ous);
    for (const [listId, waiting] of this.#lists) if (waiting === ous) this.#lists.delete(listId);
  }

  #forgetProducts(ous: string): void {
    for (const [id, waiting] of this.#products) if (waiting === ous) this.#products.delete(id);
  }
}
