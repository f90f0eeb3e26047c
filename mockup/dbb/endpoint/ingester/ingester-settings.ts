// The configuration of an ingester. What a configuration of the Python manager may hold is
// accepted; what is new has a default. A plugin checks its own part.

import { z } from 'zod';
import { loggingSettings } from '../../records/logging-settings.ts';
import { patternList } from '../../records/patterns.ts';
import { readSettings } from '../../records/read-settings.ts';
import { fileAndEventDatabases } from '../database-section.ts';
import { atLeast, directory, oneOf, seconds, secondsAboveZero } from '../setting-kinds.ts';

export const processedStatuses = ['UNTRIED', 'RERUN', 'FAILURE', 'IGNORED', 'BACKFILL'] as const;

const plugin = z
  .strictObject(
    {
      name: z.string({ error: 'the name of a plugin' }).min(1).optional(),
      /** A user's own: a package, or a path relative to the configuration. */
      module: z.string({ error: 'a module such as ./my-plugin.js' }).min(1).optional(),
      config: z
        .record(z.string(), z.unknown(), { error: "a map: the plugin's settings" })
        .nullish(),
    },
    { error: 'a plugin: name (or module) and config' },
  )
  .refine(({ name, module }) => name !== undefined || module !== undefined, {
    error: 'the name of a plugin, or a module',
  });

const delays = z.array(seconds(), { error: 'a list of seconds, one per further attempt' });

const ingester = z.strictObject(
  {
    storage: directory("a directory: the storage area, the same as the finder's"),
    plugin,
    include_list: patternList,
    exclude_list: patternList,
    file_status: oneOf(processedStatuses).default('UNTRIED'),
    batch_size: atLeast(1).default(10),
    num_threads: atLeast(1).default(1),
    daemon: z.boolean({ error: 'true or false' }).default(true),
    pause: seconds().default(1),
    /** Whether a file is tried again whose attempt ended without a result. */
    unknown: oneOf(['retry', 'keep']).default('keep'),
    /** Seconds for one attempt, of one file or one batch. */
    timeout: secondsAboveZero().nullable().default(600),
    /** Waiting times before further attempts, by kind of failure. */
    retry: z
      .strictObject({
        transient: delays.default([5, 30, 120, 600]),
        timeout: delays.default([]),
        permanent: delays.default([]),
      })
      .prefault({}),
    /** Seconds without a sign of life after which another process takes over. */
    lease: secondsAboveZero().default(30),
  },
  { error: 'the settings of the ingester' },
);

export const ingesterSettings = z.strictObject(
  { database: fileAndEventDatabases, ingester, logging: loggingSettings },
  { error: 'the sections database, ingester, logging' },
);

export type IngesterConfiguration = z.output<typeof ingesterSettings>;
export type IngesterSettings = IngesterConfiguration['ingester'];

/** Throws ConfigurationError: one line with all problems. */
export function readIngesterConfiguration(text: string, name: string): IngesterConfiguration {
  return readSettings(text, name, ingesterSettings);
}
