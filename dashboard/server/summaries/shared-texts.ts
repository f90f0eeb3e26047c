// Texts that come again in very many documents (the project, the OUS of each product) are kept
// once. Parsed JSON has a copy of its own for each.

import { textOf } from './reading.ts';

/** Whoever writes documents can make texts up. */
const KEPT_MAX = 100_000;

export class SharedTexts {
  readonly #texts = new Map<string, string>();

  of(value: unknown): string | null {
    const text = textOf(value);
    if (text === null) return null;
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size < KEPT_MAX) this.#texts.set(text, text);
    return text;
  }
}
