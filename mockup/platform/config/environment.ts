// The environment variables of the line, read once into a typed value. Names and meanings are
// those of the original mockup, with COUCHDB_URL, DRAWS_PACE and DRAWS_LOG_LEVEL beside them.

import { z } from 'zod';
import { type Executive, executives } from '../../core/executives.ts';
import { type LogLevel, logLevels } from '../log/log-level.ts';
import { ConfigurationError, problemsOf } from './configuration-error.ts';
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

const withoutSlash = (path: string) => path.replace(/(.)\/+$/, '$1');
const cache = z
  .string()
  .refine((text) => ABSOLUTE.test(text) || REMOTE.test(text), {
    error: 'an absolute directory or [USER@]HOST:DIRECTORY',
  })
  .transform(withoutSlash)
  .optional();

const schema = z.object({
  DRAWS_LOCATION: z.enum(executives, { error: `one of ${executives.join(', ')}` }).optional(),
  DRAWS_LOCAL_CACHE: z
    .string()
    .regex(ABSOLUTE, { error: 'an absolute directory' })
    .transform(withoutSlash)
    .optional(),
  DRAWS_EA_CACHE: cache,
  DRAWS_EU_CACHE: cache,
  DRAWS_JAO_CACHE: cache,
  DRAWS_NA_CACHE: cache,
  DRAWS_PACE: z
    .string()
    .regex(/^(\d{1,9}(\.\d*)?|\.\d+)$/, { error: 'a number, 0 or more' })
    .transform(Number)
    .default(1),
  DRAWS_LOG_LEVEL: z.enum(logLevels, { error: `one of ${logLevels.join(', ')}` }).default('info'),
});

/**
 * Unset and empty variables are the same. Throws ConfigurationError (`bad_configuration`) with
 * every problem found.
 */
export function readEnvironment(env: Record<string, string | undefined>): Environment {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
  const parsed = schema.safeParse(set);
  const problems = parsed.success ? [] : problemsOf(parsed.error, set);
  let couchdb: CouchdbAddress | undefined;
  try {
    couchdb = parseCouchdbAddress(set.COUCHDB_URL ?? DEFAULT_COUCHDB_URL, 'COUCHDB_URL');
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    problems.push(...error.problems);
  }
  if (!parsed.success || couchdb === undefined) throw new ConfigurationError(problems);
  const { data } = parsed;
  return {
    location: data.DRAWS_LOCATION,
    localCache: data.DRAWS_LOCAL_CACHE,
    caches: cachesOf(data),
    couchdb,
    pace: data.DRAWS_PACE,
    logLevel: data.DRAWS_LOG_LEVEL,
  };
}

/** The value, or a ConfigurationError that says which variable must be set. */
export function required<T>(value: T | undefined, key: string, expected: string): T {
  if (value !== undefined) return value;
  throw new ConfigurationError([{ key, expected, received: 'nothing' }]);
}

function cachesOf(data: z.infer<typeof schema>): Partial<Record<Executive, string>> {
  const caches: Partial<Record<Executive, string>> = {};
  for (const executive of executives) {
    const directory = data[`DRAWS_${executive}_CACHE`];
    if (directory !== undefined) caches[executive] = directory;
  }
  return caches;
}
