/** A feed asks with the same selector again and again; regular expressions in it cost much to read. */
import type { JsonObject } from '../json-object.ts';
import type { Matcher } from './matcher.ts';
import { compileSelector } from './selector.ts';

const known = new WeakMap<JsonObject, Matcher>();

/** Throws CouchError 400. */
export function matcherOf(selector: JsonObject): Matcher {
  const matcher = known.get(selector) ?? compileSelector(selector);
  known.set(selector, matcher);
  return matcher;
}
