// What a terminal would obey, or what turns the direction of a text, reaches it in no way.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  escaped,
  printable,
  printableLine,
  printableValue,
} from '../../../mockup/platform/text/printable.ts';

const ranges = [
  [0x00, 0x08],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0x061c, 0x061c],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2066, 0x206f],
] as const;
const obeyed = ranges.flatMap(([from, to]) =>
  Array.from({ length: to - from + 1 }, (_, place) => String.fromCharCode(from + place)),
);

describe('a text for a terminal', () => {
  it.each(obeyed.map((letter) => [letter.charCodeAt(0).toString(16), letter]))(
    'has no U+%s',
    (_, letter) => {
      for (const show of [printable, printableLine, escaped]) {
        expect(show(`a${letter}b`)).not.toContain(letter);
      }
      expect(JSON.stringify(printableValue({ [`n${letter}`]: [letter] }))).not.toContain(letter);
    },
  );

  it('keeps letters of every script, and emoji', () => {
    const text = 'Überprüfung Δδ שלום مرحبا 観測 👩‍🚀';
    expect(printable(text)).toBe(text);
    expect(escaped(text)).toBe(text);
  });

  it('stays the same JSON value when it is escaped', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: 'binary' }), (json) => {
        expect(JSON.parse(escaped(json))).toEqual(JSON.parse(json));
      }),
    );
    expect(escaped(JSON.stringify('\u009b2J\u202e'))).toBe('"\\u009b2J\\u202e"');
  });
});
