// The environment variables of the line, read once into a typed value. Names and meanings are
// those of the original mockup, with COUCHDB_URL, DRAWS_PACE and DRAWS_LOG_LEVEL beside them. Without
// a library: it is the first thing that each of some twenty processes does.

import { type Executive, executives } from '../../core/executives.ts';
import { type LogLevel, logLevels } from '../log/log-level.ts';
import { ConfigurationError, type ConfigurationProblem, show } from './configuration-error.ts';
import { type CouchdbAddress, parseCouchdbAddress } from './couchdb-address.ts';

export interface Environment {
  /** DRAWS_LOCATION: the site where the process runs. */
  location: Executive | undefined;
  /** DRAWS_LOCAL_CACHE: an absolute directory, no slash at the end. */
  localCache: string | undefined;
  /** DRAWS_EA_CACHE and so on: a directory here, or `user@host:directory`. */
  caches: Partial<Record<Executive, string>>;
  /** COUCHDB_URL, default http://localhost:5984. */
  couchdb: CouchdbAddress;
  /** DRAWS_PACE, default 1: multiplies every deliberate waiting time. */
  pace: number;
  /** DRAWS_LOG_LEVEL, default info. */
  logLevel: LogLevel;
}

export const DEFAULT_COUCHDB_URL = 'http://localhost:5984';

const ABSOLUTE = /^\/[^\0]*$/;
const REMOTE = /^[^/:\s-][^/:\s]*:[^\0]+$/;
const NUMBER = /^(\d{1,9}(\.\d*)?|\.\d+)$/;

/** What a variable must be, and whether a text is. */
interface Rule {
  expected: string;
  fits(text: string): boolean;
}

const oneOf = (values: readonly string[]): Rule => ({
  expected: `one of ${values.join(', ')}`,
  fits: (text) => values.includes(text),
});
const cache: Rule = {
  expected: 'an absolute directory or [USER@]HOST:DIRECTORY',
  fits: (text) => ABSOLUTE.test(text) || REMOTE.test(text),
};
const rules = {
  DRAWS_LOCATION: oneOf(executives),
  DRAWS_LOCAL_CACHE: { expected: 'an absolute directory', fits: (text) => ABSOLUTE.test(text) },
  DRAWS_EA_CACHE: cache,
  DRAWS_EU_CACHE: cache,
  DRAWS_JAO_CACHE: cache,
  DRAWS_NA_CACHE: cache,
  DRAWS_PACE: { expected: 'a number, 0 or more', fits: (text) => NUMBER.test(text) },
  DRAWS_LOG_LEVEL: oneOf(logLevels),
} satisfies Record<string, Rule>;

/**
 * Unset and empty variables are the same. Throws ConfigurationError (`bad_configuration`) with
 * every problem found.
 */
export function readEnvironment(env: Record<string, string | undefined>): Environment {
  const set: Record<string, string | undefined> = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value?.trim()),
  );
  const problems: ConfigurationProblem[] = Object.entries<Rule>(rules).flatMap(
    ([key, { expected, fits }]) => {
      const value = set[key];
      if (value === undefined || fits(value)) return [];
      return [{ key, expected, received: show(value) }];
    },
  );
  let couchdb: CouchdbAddress | undefined;
  try {
    couchdb = parseCouchdbAddress(set.COUCHDB_URL ?? DEFAULT_COUCHDB_URL, 'COUCHDB_URL');
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    problems.push(...error.problems);
  }
  if (problems.length > 0 || couchdb === undefined) throw new ConfigurationError(problems);
  return {
    location: set.DRAWS_LOCATION as Executive | undefined,
    localCache: withoutSlash(set.DRAWS_LOCAL_CACHE),
    caches: cachesOf(set),
    couchdb,
    pace: Number(set.DRAWS_PACE ?? 1),
    logLevel: (set.DRAWS_LOG_LEVEL ?? 'info') as LogLevel,
  };
}

/** The value, or a ConfigurationError that says which variable must be set. */
export function required<T>(value: T | undefined, key: string, expected: string): T {
  if (value !== undefined) return value;
  throw new ConfigurationError([{ key, expected, received: 'nothing' }]);
}

function cachesOf(set: Record<string, string | undefined>): Environment['caches'] {
  const caches: Environment['caches'] = {};
  for (const executive of executives) {
    const directory = withoutSlash(set[`DRAWS_${executive}_CACHE`]);
    if (directory !== undefined) caches[executive] = directory;
  }
  return caches;
}

function withoutSlash(path: string | undefined): string | undefined {
  return path?.replace(/(.)\/+$/, '$1');
}
