/**
 * Regular expressions come from clients, and one that backtracks for ever would hold up everybody.
 * What V8 can match in linear time falls back to that by itself (see the flags of server.ts); the
 * rest ((?i), look-around, back references) is matched under a time limit.
 */
import { setFlagsFromString } from 'node:v8';
import { createContext, Script } from 'node:vm';
import { CouchError } from '../couch-error.ts';

/** What all matches of one selector may take together, beyond a little for each. */
const BUDGET_MS = 1000;
const FREE_MS = 5;
/** So little text is matched quickly by any expression. */
const SHORT = 12;

const TEST = new Script('regex.test(text)');

/** Tests texts. Throws SyntaxError for no expression; the test throws CouchError 400 at the limit. */
export function boundedRegex(source: string, flags: string): (text: string) => boolean {
  const regex = new RegExp(source, flags);
  if (isLinear(source, flags)) return (text) => regex.test(text);
  const scope = { regex, text: '' };
  const context = createContext(scope);
  let left_ms = BUDGET_MS;
  return (text) => {
    if (text.length <= SHORT) return regex.test(text);
    if (left_ms < 1) throw tooSlow(source);
    scope.text = text;
    const begun_ms = performance.now();
    try {
      return TEST.runInContext(context, { timeout: Math.ceil(left_ms) }) as boolean;
    } catch (error) {
      left_ms = 0;
      throw tooSlow(source, error);
    } finally {
      left_ms -= Math.max(0, performance.now() - begun_ms - FREE_MS);
    }
  };
}

function isLinear(source: string, flags: string): boolean {
  // Without this flag V8 knows no expressions that must be linear.
  setFlagsFromString('--enable-experimental-regexp-engine');
  try {
    new RegExp(source, `${flags}l`);
    return true;
  } catch {
    return false;
  }
}

function tooSlow(source: string, cause?: unknown): CouchError {
  const reason = `The regular expression ${source.slice(0, 100)} takes too long`;
  return new CouchError(400, 'bad_arg', reason, cause);
}
