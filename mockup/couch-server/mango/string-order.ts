/**
 * The order of strings in CouchDB's collation (ICU root), as sort keys whose bytes compare in that
 * order, so that SQLite can keep an index in it. Weights are learnt once from Intl.Collator for
 * Latin, Greek, Cyrillic and common signs; other characters follow by code point. Characters that
 * ICU expands (æ, ß) sort beside, not inside, the letters they stand for.
 */

/** Changes whenever keys may: indexes made under another one are made anew. */
export const STRING_ORDER = `2 icu ${process.versions.icu}`;

/** What one character adds to the three levels of a key. */
interface Weight {
  readonly primary: readonly number[];
  /** 0: none. */
  readonly secondary: number;
  readonly upper: boolean;
}

const TERMINATOR = 0x00;
const LEVEL = 0x01;
const COMMON = 0x02;
const MARKED = 0x03;
const UNLISTED = 0xfe;
const FIRST_MARK = 0x0300;
const LAST_MARK = 0x036f;
const LEARNT: readonly (readonly [number, number])[] = [
  [0x09, 0x7e],
  [0xa1, 0x24f],
  [0x370, 0x52f],
  [0x2010, 0x2044],
  [0x20a0, 0x22ff],
];

const ignorable: Weight = { primary: [], secondary: 0, upper: false };
let table: Map<number, Weight> | undefined;
const asciiPrimary = new Uint8Array(128);

/**
 * The sort key, ending in a zero byte that no weight contains. More than `most` bytes are the
 * beginning of a key: the first level alone decides there.
 */
export function stringKey(text: string, most: number = Number.POSITIVE_INFINITY): number[] {
  const weights = (table ??= learn());
  const primary: number[] = [];
  const secondary: number[] = [];
  const tertiary: number[] = [];
  for (const char of isAscii(text) ? text : text.normalize('NFD')) {
    const code = char.codePointAt(0) as number;
    const weight = weights.get(code) ?? unlisted(code);
    if (weight === ignorable) continue;
    primary.push(...weight.primary);
    if (primary.length > most) return primary;
    if (weight.primary.length > 0) secondary.push(COMMON);
    if (weight.secondary > 0) secondary.push(weight.secondary);
    tertiary.push(weight.upper ? MARKED : COMMON);
  }
  trim(secondary);
  trim(tertiary);
  if (tertiary.length > 0)
    return [...primary, LEVEL, ...secondary, LEVEL, ...tertiary, TERMINATOR];
  if (secondary.length > 0) return [...primary, LEVEL, ...secondary, TERMINATOR];
  primary.push(TERMINATOR);
  return primary;
}

/** Below, above or equal to 0 as `a` sorts before, after or with `b`. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  table ??= learn();
  const length = Math.min(a.length, b.length);
  let byCase = 0;
  for (let place = 0; place < length; place++) {
    const x = a.charCodeAt(place);
    const y = b.charCodeAt(place);
    if (x > 126 || y > 126 || x < 32 || y < 32) return compareKeys(a, b);
    if (x === y) continue;
    const difference = (asciiPrimary[x] as number) - (asciiPrimary[y] as number);
    // The rest decides only where it is plain too; a mark after this place does not change it.
    if (difference !== 0) return isPlainAfter(a, b, place) ? difference : compareKeys(a, b);
    byCase ||= isUpper(x) ? 1 : -1;
  }
  if (a.length === b.length) return byCase;
  // What goes on, with a letter of its own, comes after what ends: however long both are.
  const next = (a.length > b.length ? a : b).charCodeAt(length);
  return next >= 32 && next <= 126 ? a.length - b.length : compareKeys(a, b);
}

const isUpper = (code: number): boolean => code >= 0x41 && code <= 0x5a;

const isPlainAfter = (a: string, b: string, place: number): boolean =>
  (a.charCodeAt(place + 1) || 32) < 127 && (b.charCodeAt(place + 1) || 32) < 127;

const compareKeys = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(stringKey(a)), Buffer.from(stringKey(b)));

// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what ASCII is
const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);

function trim(level: number[]): void {
  while (level.at(-1) === COMMON) level.pop();
}

function unlisted(code: number): Weight {
  if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return ignorable;
  const primary = [UNLISTED, 2 + (code >> 14), 2 + ((code >> 7) & 0x7f), 2 + (code & 0x7f)];
  return { primary, secondary: 0, upper: false };
}

/** Sorts the learnt characters and gives equal ones (but for accent and case) the same weight. */
function learn(): Map<number, Weight> {
  const order = new Intl.Collator('en', { ignorePunctuation: false });
  const base = new Intl.Collator('en', { sensitivity: 'base', ignorePunctuation: false });
  const accent = new Intl.Collator('en', { sensitivity: 'accent', ignorePunctuation: false });
  const chars = LEARNT.flatMap(([from, to]) =>
    Array.from({ length: to - from + 1 }, (_, n) => String.fromCodePoint(from + n)),
  ).filter((char) => char.normalize('NFD') === char && base.compare(char, '') !== 0);
  chars.sort(order.compare);
  const weights = markWeights(order);
  let lead = COMMON;
  let rank = 0;
  let first = '';
  let primary: number[] = [];
  for (const char of chars) {
    const code = char.codePointAt(0) as number;
    if (first === '' || base.compare(first, char) !== 0) {
      first = char;
      // ASCII takes one odd byte; what lies between two of them shares the even one and a rank.
      const group = chars.filter((other) => other < '\x7f' && base.compare(other, char) === 0);
      if (group.length > 0) lead += lead % 2 === 0 ? 1 : 2;
      else if (lead % 2 === 1) lead++;
      rank++;
      primary = group.length > 0 ? [lead] : [lead, 2 + (rank >> 7), 2 + (rank & 0x7f)];
    }
    const accented = accent.compare(first, char) !== 0;
    const upper = !accented && first !== char;
    weights.set(code, { primary, secondary: accented ? 0x80 + (rank & 0x3f) : 0, upper });
    if (code < 128) asciiPrimary[code] = primary[0] as number;
  }
  return weights;
}

/** Accents, in the order they have on a letter. */
function markWeights(order: Intl.Collator): Map<number, Weight> {
  const marks = Array.from({ length: LAST_MARK - FIRST_MARK + 1 }, (_, n) => FIRST_MARK + n);
  const onLetter = (code: number): string => `e${String.fromCodePoint(code)}`;
  marks.sort((a, b) => order.compare(onLetter(a), onLetter(b)));
  return new Map(
    marks.map((code, rank) => [code, { primary: [], secondary: 0x10 + rank, upper: false }]),
  );
}
