// The colours of texts against what they stand on, by the formula of WCAG 2: 4.5 : 1 or better.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const sheet = readFileSync(
  join(import.meta.dirname, '../../../dashboard/web/src/styles/tokens.css'),
  'utf8',
);
const GROUNDS = ['ground', 'surface', 'raised', 'sunken'];
const TINTED = ['accent', 'warn', 'bad', 'good'];
/** No texts: lines, and what is on something of a colour of its own. */
const LINES = ['edge', 'edge-strong', 'on-accent'];

function coloursOf(theme: string): Map<string, string> {
  const [, block = ''] = new RegExp(`data-theme="${theme}"\\] \\{([^}]*)\\}`).exec(sheet) ?? [];
  const found = block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g);
  return new Map([...found].map(([, name = '', colour = '']) => [name, colour]));
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, bright = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
}

describe.each(['dark', 'light'])('%s colours', (theme) => {
  const colours = coloursOf(theme);
  const texts = [...colours.keys()].filter(
    (name) => !GROUNDS.includes(name) && !LINES.includes(name) && !name.endsWith('-ground'),
  );

  it('can be read on every ground', () => {
    expect(texts).toContain('ready-for-processing');
    const pairs = [
      ...texts.flatMap((text) => GROUNDS.map((ground) => [text, ground] as const)),
      ...TINTED.map((text) => [text, `${text}-ground`] as const),
      ['on-accent', 'accent'] as const,
    ];
    const poor = pairs.filter(
      ([text, ground]) => contrast(colours.get(text) ?? '', colours.get(ground) ?? '') < 4.5,
    );
    expect(poor).toEqual([]);
  });
});
