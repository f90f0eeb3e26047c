// A configuration of the endpoint manager as a command finds it: read, checked, its directories
// absolute and there.

import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import {
  type BackfillConfiguration,
  readBackfillConfiguration,
} from '../../dbb/endpoint/backfill/backfill-settings.ts';
import { type DatabaseNames, databaseNamesOf } from '../../dbb/endpoint/database-section.ts';
import {
  type FinderConfiguration,
  readFinderConfiguration,
} from '../../dbb/endpoint/finder/finder-settings.ts';
import {
  type IngesterConfiguration,
  readIngesterConfiguration,
} from '../../dbb/endpoint/ingester/ingester-settings.ts';
import { ConfigurationError } from '../../platform/config/configuration-error.ts';
import { parseYaml } from '../../platform/config/yaml-file.ts';
import { DatabaseRefusedError } from '../../platform/couch/database.ts';
import { toFileError } from '../../platform/files/local-files.ts';
import { type Records, withRecords } from '../dbb/own-database/records.ts';

export type EndpointConfiguration =
  | FinderConfiguration
  | IngesterConfiguration
  | BackfillConfiguration;

/** Throws FileError, ConfigurationError. */
export function readFinder(path: string): FinderConfiguration {
  const configuration = readFinderConfiguration(readText(path), path);
  const { finder } = configuration;
  const source = directory(finder.source, path, 'finder.source');
  const storage = directory(finder.storage, path, 'finder.storage');
  if (
    source === storage &&
    finder.search.method === 'scan' &&
    finder.actions?.standard === 'Move'
  ) {
    const expected = 'another directory than finder.source, where files are moved';
    throw new ConfigurationError([{ key: 'finder.storage', expected, received: storage }], path);
  }
  return { ...configuration, finder: { ...finder, source, storage } };
}

export function readIngester(path: string): IngesterConfiguration {
  const configuration = readIngesterConfiguration(readText(path), path);
  const storage = directory(configuration.ingester.storage, path, 'ingester.storage');
  return { ...configuration, ingester: { ...configuration.ingester, storage } };
}

export function readBackfill(path: string): BackfillConfiguration {
  const configuration = readBackfillConfiguration(readText(path), path);
  const storage = directory(configuration.backfill.storage, path, 'backfill.storage');
  return { ...configuration, backfill: { ...configuration.backfill, storage } };
}

/** Any of the three, by its section; directories are not looked at. */
export function readAny(path: string): EndpointConfiguration {
  const text = readText(path);
  const sections = parseYaml(text, path, z.record(z.string(), z.unknown()));
  if ('ingester' in sections) return readIngesterConfiguration(text, path);
  if ('backfill' in sections) return readBackfillConfiguration(text, path);
  return readFinderConfiguration(text, path);
}

export function namesOf({ database }: EndpointConfiguration): DatabaseNames {
  return databaseNamesOf(database.tablenames);
}

export function storageOf(configuration: EndpointConfiguration): string {
  if ('finder' in configuration) return configuration.finder.storage;
  if ('ingester' in configuration) return configuration.ingester.storage;
  return configuration.backfill.storage;
}

/**
 * Runs what needs the databases of a configuration (`path` is its file); says how to make them where
 * they are missing.
 */
export async function withDatabases<T>(
  path: string,
  { database }: EndpointConfiguration,
  work: (records: Records) => Promise<T>,
): Promise<T> {
  try {
    return await withRecords(database.engine, work);
  } catch (error) {
    if (!(error instanceof DatabaseRefusedError) || error.status !== 404) throw error;
    throw new AppError('no_database', 'the databases of this configuration are not there', {
      hint: `endmgr initdb ${path} makes them`,
      cause: error,
    });
  }
}

export function directoryOfConfiguration(path: string): string {
  return dirname(resolve(path));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw toFileError('read', path, error);
  }
}

/** The real path: links on the way would hide that two directories are one. */
function directory(path: string, where: string, key: string): string {
  const absolute = resolve(path);
  const stats = statSync(absolute, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return realpathSync(absolute);
  const received = stats ? 'something else' : `${absolute}, which is not there`;
  throw new ConfigurationError([{ key, expected: 'a directory', received }], where);
}
