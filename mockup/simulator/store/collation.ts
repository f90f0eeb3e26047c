// The order of JSON values in CouchDB's Mango queries: null, false, true, numbers, strings by ICU,
// arrays, objects. Source: docs.couchdb.org, "Views collation".

const icu = new Intl.Collator('en', { caseFirst: 'lower' });

/** Negative, 0 or positive, as in `Array.sort`; undefined counts as null. */
export function compareValues(a: unknown, b: unknown): number {
  if (a === b) return 0;
  const kinds = kindOf(a) - kindOf(b);
  if (kinds !== 0) return kinds;
  if (typeof a === 'number') return a - (b as number);
  if (typeof a === 'string') return compareStrings(a, b as string);
  if (Array.isArray(a)) return compareLists(a, b as unknown[]);
  if (typeof a === 'object' && a !== null) {
    return compareLists(Object.entries(a).flat(), Object.entries(b as object).flat());
  }
  return 0;
}

/** Byte order of UTF-8, in which documents are sorted by id. */
export function compareIds(a: string, b: string): number {
  if (isAscii(a) && isAscii(b)) return a < b ? -1 : a > b ? 1 : 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function kindOf(value: unknown): number {
  if (value === null || value === undefined) return 0;
  if (typeof value === 'boolean') return value ? 2 : 1;
  if (typeof value === 'number') return 3;
  if (typeof value === 'string') return 4;
  return Array.isArray(value) ? 5 : 6;
}

function compareStrings(a: string, b: string): number {
  return icu.compare(a, b) || (a < b ? -1 : 1);
}

function compareLists(a: unknown[], b: unknown[]): number {
  for (const [place, item] of a.entries()) {
    if (place >= b.length) return 1;
    const order = compareValues(item, b[place]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text);
}
