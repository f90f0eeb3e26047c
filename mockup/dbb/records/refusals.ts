// Records that the server takes never: told as long as they are not written in another way.

import type { WriteResult } from '../../platform/couch/database.ts';

/** Answers to a document for itself, whenever it comes; all others are the server's own trouble. */
const REFUSALS = [
  'forbidden',
  'unauthorized',
  'refused',
  'doc_validation',
  'document_too_large',
  'bad_request',
];

export function isRefusal(result: WriteResult | undefined): boolean {
  return result?.ok === false && REFUSALS.includes(result.error);
}

export class Refusals {
  readonly #reasons = new Map<string, string>();

  /** One line; undefined while there is none. */
  get summary(): string | undefined {
    const [first] = this.#reasons;
    if (!first) return undefined;
    return `CouchDB refuses ${this.#reasons.size} records, such as ${first[0]}: ${first[1]}`;
  }

  add(id: string, result: WriteResult | undefined): void {
    this.#reasons.set(id, result && 'reason' in result ? result.reason : 'no answer');
  }

  delete(id: string): void {
    this.#reasons.delete(id);
  }
}
