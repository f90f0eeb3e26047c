// Which documents have which value in a field, for queries that ask for one value: a query costs
// what it finds, not what has ever been in the database. An index is made when first asked for.

import { parseField, valueAt } from '../../couch-server/mango/field-path.ts';
import { compareIds } from './id-order.ts';

type Value = string | number | boolean;

interface FieldIndex<D> {
  path: readonly string[];
  byValue: Map<Value, Set<D>>;
}

export class FieldIndexes<D extends { id: string }> {
  readonly #indexes = new Map<string, FieldIndex<D>>();
  readonly #bodyOf: (document: D) => object;
  readonly #all: () => Iterable<D>;

  constructor(bodyOf: (document: D) => object, all: () => Iterable<D>) {
    this.#bodyOf = bodyOf;
    this.#all = all;
  }

  /** A document in the place of another, of none, or none in its place. */
  replace(before: D | undefined, after: D | undefined): void {
    for (const index of this.#indexes.values()) {
      if (before) this.#remove(index, before);
      if (after) this.#add(index, after);
    }
  }

  /**
   * By id, those among which all are that `selector` can match; undefined where it asks for no
   * field's value, and all documents are.
   */
  candidates(selector: Readonly<Record<string, unknown>>): D[] | undefined {
    let fewest: Set<D> | undefined;
    for (const [field, condition] of Object.entries(selector)) {
      if (!isValue(condition) || field.startsWith('$')) continue;
      const found = this.#index(field).byValue.get(condition) ?? new Set();
      if (!fewest || found.size < fewest.size) fewest = found;
    }
    return fewest && [...fewest].sort((a, b) => compareIds(a.id, b.id));
  }

  #index(field: string): FieldIndex<D> {
    const known = this.#indexes.get(field);
    if (known) return known;
    const index: FieldIndex<D> = { path: parseField(field), byValue: new Map() };
    this.#indexes.set(field, index);
    for (const document of this.#all()) this.#add(index, document);
    return index;
  }

  #add({ path, byValue }: FieldIndex<D>, document: D): void {
    const value = valueAt(this.#bodyOf(document), path);
    if (!isValue(value)) return;
    const those = byValue.get(value);
    if (those) those.add(document);
    else byValue.set(value, new Set([document]));
  }

  #remove({ path, byValue }: FieldIndex<D>, document: D): void {
    const value = valueAt(this.#bodyOf(document), path);
    if (!isValue(value)) return;
    const those = byValue.get(value);
    those?.delete(document);
    if (those?.size === 0) byValue.delete(value);
  }
}

function isValue(value: unknown): value is Value {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
