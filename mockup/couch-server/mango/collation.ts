/**
 * CouchDB's order of JSON values (null, false, true, numbers, strings, arrays, objects): as bytes
 * for the index and as a comparison for selectors. Both agree with one another.
 */
import { compareStrings, stringKey } from './string-order.ts';

const NULL = 0x10;
const FALSE = 0x20;
const TRUE = 0x21;
const NUMBER = 0x30;
const STRING = 0x40;
const ARRAY = 0x50;
const OBJECT = 0x60;
const END = 0x00;

/** Bytes of a key that an index keeps; which of those with the same ones match, their documents say. */
export const KEY_MAX = 4096;

/** Smaller and greater than the key of any value. */
export const LOWEST = Buffer.from([0x01]);
export const HIGHEST = Buffer.from([0xff]);

/**
 * The key of a row: its values one after the other, each ending where it says itself; of a key that
 * has more than `most` bytes those at its beginning.
 */
export function rowKey(
  values: readonly unknown[],
  most: number = Number.POSITIVE_INFINITY,
): Buffer {
  const bytes: number[] = [];
  for (const value of values) append(bytes, value, most);
  return Buffer.from(bytes.length > most ? bytes.slice(0, most) : bytes);
}

const double = new DataView(new ArrayBuffer(8));

function append(bytes: number[], value: unknown, most: number): void {
  if (bytes.length > most) return;
  if (value === null || value === undefined) bytes.push(NULL);
  else if (value === false) bytes.push(FALSE);
  else if (value === true) bytes.push(TRUE);
  else if (typeof value === 'number') appendNumber(bytes, value);
  else if (typeof value === 'string') {
    bytes.push(STRING);
    for (const byte of stringKey(value, most)) bytes.push(byte);
  } else if (Array.isArray(value)) {
    bytes.push(ARRAY);
    for (const item of value) append(bytes, item, most);
    bytes.push(END);
  } else {
    bytes.push(OBJECT);
    for (const [key, item] of Object.entries(value)) {
      append(bytes, key, most);
      append(bytes, item, most);
    }
    bytes.push(END);
  }
}

/** IEEE doubles sort as bytes once the sign is flipped, and all bits of negative ones. */
function appendNumber(bytes: number[], value: number): void {
  double.setFloat64(0, value === 0 ? 0 : value);
  const negative = double.getUint8(0) >= 0x80;
  bytes.push(NUMBER, double.getUint8(0) ^ (negative ? 0xff : 0x80));
  for (let place = 1; place < 8; place++)
    bytes.push(double.getUint8(place) ^ (negative ? 0xff : 0));
}

function rank(value: unknown): number {
  if (value === null || value === undefined) return NULL;
  if (value === false) return FALSE;
  if (value === true) return TRUE;
  if (typeof value === 'number') return NUMBER;
  if (typeof value === 'string') return STRING;
  return Array.isArray(value) ? ARRAY : OBJECT;
}

/** Below, above or equal to 0 as `a` sorts before, after or with `b`. */
export function compareValues(a: unknown, b: unknown): number {
  const ranks = rank(a) - rank(b);
  if (ranks !== 0) return ranks;
  if (typeof a === 'number') return a - (b as number);
  if (typeof a === 'string') return compareStrings(a, b as string);
  if (Array.isArray(a)) return compareLists(a, b as unknown[]);
  if (typeof a !== 'object' || a === null) return 0;
  return compareLists(Object.entries(a).flat(), Object.entries(b as object).flat());
}

function compareLists(a: readonly unknown[], b: readonly unknown[]): number {
  const length = Math.min(a.length, b.length);
  for (let place = 0; place < length; place++) {
    const order = compareValues(a[place], b[place]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Same type and content, letter by letter. */
export function identicalValues(a: unknown, b: unknown): boolean {
  return compareRaw(a, b) === 0;
}

/** The order of ids: strings by their bytes, after everything that is no string. */
export function compareRaw(a: unknown, b: unknown): number {
  if (a === b) return 0;
  const ranks = rawRank(a) - rawRank(b);
  if (ranks !== 0) return ranks;
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  if (typeof a === 'number') return a - (b as number);
  if (Array.isArray(a)) return compareRawLists(a, b as unknown[]);
  if (typeof a !== 'object' || a === null) return String(a) < String(b) ? -1 : 1;
  return compareRawLists(Object.entries(a).flat(), Object.entries(b as object).flat());
}

function rawRank(value: unknown): number {
  if (typeof value === 'number') return 0;
  if (typeof value === 'string') return 4;
  if (typeof value !== 'object' || value === null) return 1;
  return Array.isArray(value) ? 3 : 2;
}

function compareRawLists(a: readonly unknown[], b: readonly unknown[]): number {
  const length = Math.min(a.length, b.length);
  for (let place = 0; place < length; place++) {
    const order = compareRaw(a[place], b[place]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
