// A regular expression that came in a message, run where it can be ended: some take exponential
// time on a short text, and XTSS must go on answering others.

import { runInNewContext } from 'node:vm';
import { InvalidInputError } from '../../core/errors.ts';

const TIME_LIMIT_MS = 100;
const MATCHING = 'texts.filter((text) => pattern.test(text))';

/**
 * Those of the texts in which the expression finds something. Throws InvalidInputError where it is
 * no regular expression or takes too long.
 */
export function matchingTexts(expression: string, texts: readonly string[]): Set<string> {
  const quoted = JSON.stringify(expression);
  let pattern: RegExp;
  try {
    pattern = new RegExp(expression);
  } catch (cause) {
    throw new InvalidInputError(`not a regular expression: ${quoted}`, { cause });
  }
  try {
    return new Set(runInNewContext(MATCHING, { texts, pattern }, { timeout: TIME_LIMIT_MS }));
  } catch (cause) {
    throw new InvalidInputError(`a regular expression that takes too long: ${quoted}`, { cause });
  }
}
