// The configuration of a backfill.

import { z } from 'zod';
import { loggingSettings } from '../../records/logging-settings.ts';
import { patternList } from '../../records/patterns.ts';
import { readSettings } from '../../records/read-settings.ts';
import { fileAndEventDatabases } from '../database-section.ts';
import { atLeast, directory } from '../setting-kinds.ts';

const SOURCE = 'a file, a directory or a pattern, relative to the storage area';

const backfill = z.strictObject(
  {
    storage: directory('a directory: the storage area'),
    sources: z
      .array(z.string({ error: `${SOURCE} (dates need quotes)` }).min(1), {
        error: 'a list of files, directories and patterns, relative to the storage area',
      })
      .min(1, { error: 'at least one source' }),
    search: z.strictObject({ exclude_list: patternList }).nullish(),
    /** Threads that compute checksums. */
    num_threads: atLeast(1).default(1),
  },
  { error: 'the settings of the backfill' },
);

export const backfillSettings = z.strictObject(
  { database: fileAndEventDatabases, backfill, logging: loggingSettings },
  { error: 'the sections database, backfill, logging' },
);

export type BackfillConfiguration = z.output<typeof backfillSettings>;
export type BackfillSettings = BackfillConfiguration['backfill'];

/** Throws ConfigurationError: one line with all problems. */
export function readBackfillConfiguration(text: string, name: string): BackfillConfiguration {
  return readSettings(text, name, backfillSettings);
}
