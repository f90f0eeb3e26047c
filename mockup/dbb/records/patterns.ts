// Regular expressions of configurations, written for Python.

import { z } from 'zod';

/** As in Python, `(?i)` and the like may stand in front, and groups be named `(?P<name>…)`. */
export function toPattern(text: string): string {
  return text.replace(/^\(\?([ims]+)\)(.*)$/s, '(?$1:$2)').replaceAll('(?P<', '(?<');
}

export function isPattern(text: string): boolean {
  try {
    new RegExp(toPattern(text));
    return true;
  } catch {
    return false;
  }
}

const EXPECTED = 'a regular expression';

/** Regular expressions on a path, null for none; compiled once, not for every file. */
export const patternList = z
  .array(z.string({ error: EXPECTED }).refine(isPattern, { error: EXPECTED }), {
    error: 'a list of regular expressions, or null',
  })
  .nullable()
  .default(null);

/** True where one of them is found in the text. */
export function matcherOf(patterns: readonly string[]): (text: string) => boolean {
  const compiled = patterns.map((pattern) => new RegExp(toPattern(pattern)));
  return (text) => compiled.some((pattern) => pattern.test(text));
}
