import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareValues, rowKey } from '../../mockup/couch-server/mango/collation.ts';
import { compareStrings, stringKey } from '../../mockup/couch-server/mango/string-order.ts';
import './seed.ts';

// The bytes of an index and the comparison of a selector must put values in one and the same order,
// and that must be ICU's where people's strings are concerned.

const icu = new Intl.Collator('en', { ignorePunctuation: false });
const ascii = fc.string({ unit: 'grapheme-ascii', maxLength: 12 });
const letters = fc.string({
  unit: fc.constantFrom(...'aAbBzZéÉèñöÖøçß19 -_.:/αβΩяЖ€°'.replace('ß', '')),
  maxLength: 8,
});

const byKeys = (a: string, b: string): number =>
  Math.sign(Buffer.compare(Buffer.from(stringKey(a)), Buffer.from(stringKey(b))));

describe('the order of strings', () => {
  it('is ICU’s for ASCII', () => {
    fc.assert(
      fc.property(ascii, ascii, (a, b) => {
        expect(byKeys(a, b)).toBe(Math.sign(icu.compare(a, b)));
      }),
      { numRuns: 2000 },
    );
  });

  it('is ICU’s for accents, Greek and Cyrillic', () => {
    fc.assert(
      fc.property(letters, letters, (a, b) => {
        expect(byKeys(a, b)).toBe(Math.sign(icu.compare(a, b)));
      }),
      { numRuns: 1000 },
    );
  });

  it('is the same compared and as bytes, for beginnings and letters of the other case', () => {
    const plain = fc.string({
      unit: fc.constantFrom('a', 'A', 'b', ' ', '~', 'é', '\u0301'),
      maxLength: 5,
    });
    fc.assert(
      fc.property(plain, plain, plain, (start, a, b) => {
        const [x, y] = [start + a, start + b];
        expect(Math.sign(compareStrings(x, y))).toBe(byKeys(x, y));
      }),
      { numRuns: 2000 },
    );
  });

  it('is the same compared and as bytes, for any text', () => {
    const any = fc.string({ unit: 'binary', maxLength: 10 });
    fc.assert(
      fc.property(any, any, (a, b) => {
        expect(Math.sign(compareStrings(a, b))).toBe(byKeys(a, b));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the order of values', () => {
  const value = fc.jsonValue({ depthSize: 'small', maxDepth: 3 });

  it('is the same compared and as bytes', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(Math.sign(compareValues(a, b))).toBe(
          Math.sign(Buffer.compare(rowKey([a]), rowKey([b]))),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('goes by type first', () => {
    const ordered = [
      null,
      false,
      true,
      -1e300,
      -1,
      0,
      0.5,
      1,
      1e300,
      '',
      'a',
      'b',
      [],
      [1],
      {},
      { a: 1 },
    ];
    const shuffled = ordered.toReversed();
    expect(shuffled.sort(compareValues)).toEqual(ordered);
  });

  it('is never turned round by keeping the beginning of a key alone', () => {
    const string = fc.string({ unit: 'grapheme', maxLength: 12 });
    const short = fc.oneof(string, fc.constantFrom('aaaaaaaa', 'aaaaaaaA', 'aaaaaaaaB', 'ääääb'));
    const list = fc.array(fc.oneof(short, value), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(list, list, fc.integer({ min: 1, max: 12 }), (a, b, most) => {
        const [x, y] = [rowKey(a), rowKey(b)];
        expect(rowKey(a, most)).toEqual(x.subarray(0, most));
        const cut = Buffer.compare(rowKey(a, most), rowKey(b, most));
        if (cut !== 0) expect(Math.sign(cut)).toBe(Math.sign(Buffer.compare(x, y)));
      }),
      { numRuns: 2000 },
    );
  });

  it('never lets one value’s key begin with another’s', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [x, y] = [rowKey([a]), rowKey([b])];
        if (x.equals(y)) return;
        expect(x.subarray(0, y.length).equals(y)).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });
});
