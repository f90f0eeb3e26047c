// What commands take from the environment variables, which platform/config reads, and numbers and
// names of options that are checked in the same way.

import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Executive, executives, isExecutive } from '../core/executives.ts';
import { parseCouchdbAddress } from '../platform/config/couchdb-address.ts';
import { DEFAULT_COUCHDB_URL, readEnvironment, required } from '../platform/config/environment.ts';
import type { LogLevel } from '../platform/log/pino-logger.ts';
import { UsageError } from './usage-error.ts';

export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/** The CouchDB server of this site; may carry user and password. */
export function couchdbUrl(env: EnvironmentVariables): string {
  return requireUrl(env.COUCHDB_URL || DEFAULT_COUCHDB_URL, 'COUCHDB_URL');
}

/** Throws ConfigurationError where `value` is no http URL; `name` is where it came from. */
export function requireUrl(value: string, name: string): string {
  parseCouchdbAddress(value, name);
  return value.replace(/\/+$/, '');
}

export function site(env: EnvironmentVariables): Executive {
  return required(
    readEnvironment(env).location,
    'DRAWS_LOCATION',
    `one of ${executives.join(', ')}`,
  );
}

/** For one-shot commands that work without a location too. */
export function siteOr(env: EnvironmentVariables, other: Executive): Executive {
  return readEnvironment(env).location ?? other;
}

/** The cache directory of this site. */
export function localCache(env: EnvironmentVariables): string {
  return required(
    readEnvironment(env).localCache,
    'DRAWS_LOCAL_CACHE',
    "an absolute directory, this site's cache",
  );
}

/** For actors that use it where it can be seen from their machine. */
export function localCacheIfAny(env: EnvironmentVariables): string | undefined {
  return readEnvironment(env).localCache;
}

/** Where the sites' caches are: a directory or `user@host:directory` each. */
export function caches(env: EnvironmentVariables): Partial<Record<Executive, string>> {
  return readEnvironment(env).caches;
}

/** Where the Pipeline's run directories are: beside the cache, unless DRAWS_RUNS says. */
export function runsDirectory(env: EnvironmentVariables): string {
  if (env.DRAWS_RUNS) return resolve(env.DRAWS_RUNS);
  const { localCache: cache } = readEnvironment(env);
  return cache ? `${cache}-runs` : join(tmpdir(), `draws-${site(env).toLowerCase()}-runs`);
}

/** What multiplies every deliberate waiting time. */
export function pace(env: EnvironmentVariables): number {
  return readEnvironment(env).pace;
}

/** How long what a process has in flight stays its own after it was seen the last time. */
export function lease_ms(env: EnvironmentVariables): number | undefined {
  const value = env.DRAWS_LEASE_S;
  return value ? requireNumber(value, 'DRAWS_LEASE_S', 0.1, 3600) * 1000 : undefined;
}

export function logLevel(env: EnvironmentVariables): LogLevel {
  return readEnvironment(env).logLevel;
}

/** The share of Pipeline runs that fail; undefined leaves it to the Pipeline. */
export function failureRate(env: EnvironmentVariables): number | undefined {
  const value = env.DRAWS_FAILURE_RATE;
  return value ? requireNumber(value, 'DRAWS_FAILURE_RATE', 0, 1) : undefined;
}

/** How long finished messages are kept; `DRAWS_MESSAGE_AGE` is in days. */
export function messageAge_ms(env: EnvironmentVariables): number {
  const value = env.DRAWS_MESSAGE_AGE;
  const days = value ? requireNumber(value, 'DRAWS_MESSAGE_AGE', 0.01, 100_000) : 7;
  return days * 24 * 3600 * 1000;
}

/** Sites of an option, each once; commas separate as well as blanks. */
export function requireExecutives(values: readonly string[], name: string): Executive[] {
  const given = values.flatMap((value) => value.split(',')).filter((value) => value !== '');
  for (const value of given) {
    if (isExecutive(value)) continue;
    throw new UsageError(`${name} names no site: ${JSON.stringify(value)}`, {
      hint: `expected some of ${executives.join(', ')}`,
    });
  }
  return [...new Set(given as Executive[])];
}

/** A number between two limits, both included. */
export function requireNumber(
  value: string,
  name: string,
  lowest: number,
  highest: number,
): number {
  const number = Number(value);
  if (value.trim() !== '' && number >= lowest && number <= highest) return number;
  const expected = `expected a number from ${lowest} to ${highest}`;
  throw new UsageError(`${name} is ${JSON.stringify(value)}`, { hint: expected });
}

/** A whole number between two limits, both included. */
export function requireInteger(
  value: string,
  name: string,
  lowest: number,
  highest: number,
): number {
  const number = requireNumber(value, name, lowest, highest);
  if (Number.isInteger(number)) return number;
  throw new UsageError(`${name} is ${JSON.stringify(value)}`, {
    hint: 'expected a whole number',
  });
}
