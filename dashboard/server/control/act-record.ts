// What was done at this dashboard, the newest of it for pages to show, and which requests were seen.

import type { ActSummary } from '../../protocol/control.ts';
import { ApiError } from '../http/api-error.ts';
import type { LiveModel } from '../model/live-model.ts';

const SHOWN_MAX = 100;
const SEEN_MAX = 10_000;

export class ActRecord {
  readonly #model: LiveModel;
  readonly #seen = new Set<string>();
  #count = 0;

  constructor(model: LiveModel) {
    this.#model = model;
  }

  /** Throws ApiError 409 for a request that was sent before: nothing is done twice. */
  requireNew(id: string): void {
    if (this.#seen.has(id)) throw new ApiError(409, 'repeated', 'this was asked for before');
    // Rather nothing more than something twice.
    if (this.#seen.size >= SEEN_MAX) {
      throw new ApiError(429, 'too_many', 'too much was asked for; start the line again');
    }
    this.#seen.add(id);
  }

  add(act: Omit<ActSummary, 'id'>): void {
    this.#count += 1;
    this.#model.put('act', { id: String(this.#count).padStart(8, '0'), ...act });
    const [oldest] = this.#model.all('act').keys();
    if (oldest !== undefined && this.#model.all('act').size > SHOWN_MAX) {
      this.#model.remove('act', oldest);
    }
  }
}
