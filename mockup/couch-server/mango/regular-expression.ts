/**
 * Regular expressions come from clients, and one that backtracks for ever would hold up everybody.
 * What V8 matches in linear time falls back to that by itself (see the flags of server.ts), RE2
 * matches most of the rest so; look-around and back references, and whatever is long, are matched under
 * a time limit that all documents of a query share.
 */
import { setFlagsFromString } from 'node:v8';
import { type Context, createContext, Script } from 'node:vm';
import { RE2JS } from 're2js';
import { CouchError } from '../couch-error.ts';
import { rewritePcre } from './pcre-syntax.ts';

/** What all matches of one selector may take together where they are not linear, and one alone. */
const BUDGET_MS = 100;
/** What each match has beside that; others are served between two. */
const FREE_MS = 5;
const ATTEMPTS = 5;
const TIMED_OUT = 'ERR_SCRIPT_EXECUTION_TIMEOUT';
const SOURCE_LENGTH_MAX = 10_000;

/** Linear is in proportion to text and expression: beyond that product the time is limited too. */
const UNWATCHED = 100_000;
/** What `{n}` may repeat. */
const REPEATED = 1000;

/** All limited matches run in one context: a context for each expression takes 0.25 MB. */
const scope: { test: TextTest; text: string } = { test: () => false, text: '' };
let context: Context | undefined;
const TEST = new Script('test(text)');

type TextTest = (text: string) => boolean;

/**
 * A test of texts, matched byte by byte as CouchDB does; undefined for what is no regular
 * expression, or one that only PCRE has. The test throws CouchError 400 at the limit of time.
 */
export function compileRegex(pattern: string): TextTest | undefined {
  if (pattern.length > SOURCE_LENGTH_MAX) return undefined;
  const rewritten = rewritePcre(bytesOf(pattern));
  if (!rewritten) return undefined;
  const { source, flags } = rewritten;
  const easy = linear(source, flags);
  const plain = easy ?? backtracking(source, flags);
  if (!plain) return undefined;
  const watched = limited(plain, pattern);
  const size = source.length * (source.includes('{') ? REPEATED : 1);
  const test: TextTest = (bytes) =>
    easy && bytes.length * size <= UNWATCHED ? easy(bytes) : watched(bytes);
  // The end is also before a last new line.
  const endings = source.includes('$') && !flags.includes('m');
  return (text) => {
    const bytes = bytesOf(text);
    return test(bytes) || (endings && bytes.endsWith('\n') && test(bytes.slice(0, -1)));
  };
}

/** True where it takes time in proportion to the text, whatever the text is. */
export function isLinearRegex(pattern: string): boolean {
  const rewritten = rewritePcre(bytesOf(pattern));
  return rewritten !== undefined && linear(rewritten.source, rewritten.flags) !== undefined;
}

/** A letter for each byte of UTF-8. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what ASCII is
const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);
const bytesOf = (text: string): string =>
  isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');

function linear(source: string, flags: string): TextTest | undefined {
  if (isLinearInV8(source, flags)) {
    const regex = new RegExp(source, flags);
    return (text) => regex.test(text);
  }
  try {
    const bits = [...flags].reduce((sum, flag) => sum | (RE2_FLAGS[flag] as number), 0);
    const regex = RE2JS.compile(source, bits);
    return (text) => regex.matcher(text).find();
  } catch {
    return undefined;
  }
}

const RE2_FLAGS: { readonly [flag: string]: number } = {
  i: RE2JS.CASE_INSENSITIVE,
  m: RE2JS.MULTILINE,
  s: RE2JS.DOTALL,
};

function isLinearInV8(source: string, flags: string): boolean {
  // Without this flag V8 knows no expressions that must be linear.
  setFlagsFromString('--enable-experimental-regexp-engine');
  try {
    new RegExp(source, `${flags}l`);
    return true;
  } catch {
    return false;
  }
}

function backtracking(source: string, flags: string): TextTest | undefined {
  try {
    const regex = new RegExp(source, flags);
    return (text) => regex.test(text);
  } catch {
    return undefined;
  }
}

function limited(test: TextTest, pattern: string): TextTest {
  let left_ms = BUDGET_MS;
  return (text) => {
    context ??= createContext(scope);
    Object.assign(scope, { test, text });
    // The limit is told by the wall clock: where others had the processor, it is tried again.
    for (let attempt = 0; attempt < ATTEMPTS && left_ms >= 1; attempt++) {
      const begun = process.threadCpuUsage();
      try {
        return TEST.runInContext(context, { timeout: Math.ceil(left_ms) }) as boolean;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== TIMED_OUT) throw tooSlow(pattern, error);
      } finally {
        // The limit itself takes time, and a scan gives way to others between documents.
        const { user, system } = process.threadCpuUsage(begun);
        left_ms -= Math.max(0, (user + system) / 1000 - FREE_MS);
      }
    }
    left_ms = 0;
    throw tooSlow(pattern);
  };
}

function tooSlow(pattern: string, cause?: unknown): CouchError {
  const reason = `The regular expression ${pattern.slice(0, 100)} takes too long`;
  return new CouchError(400, 'bad_arg', reason, cause);
}
