// The configuration of a finder. What a configuration of the Python manager may hold is accepted;
// what is new has a default.

import { z } from 'zod';
import { type ActionName, actionNames } from '../../../core/dbb/endpoint-file.ts';
import { loggingSettings } from '../../records/logging-settings.ts';
import { patternList } from '../../records/patterns.ts';
import { readSettings } from '../../records/read-settings.ts';
import { fileDatabase } from '../database-section.ts';
import { atLeast, directory, oneOf, seconds, secondsAboveZero } from '../setting-kinds.ts';

const action = oneOf(actionNames, ' or null').nullish();

const search = z.strictObject(
  {
    method: oneOf(['scan', 'parse_rsync_logs']),
    exclude_list: patternList,
    date: z.iso.date({ error: 'a date such as "2021-01-31", or null' }).nullable().default(null),
    past_days: atLeast(0).default(1),
    future_days: atLeast(0).default(1),
    delay: seconds().default(60),
    /** Seconds since it was written after which a file counts as complete. */
    settle: seconds().default(1),
  },
  { error: 'the settings of the search, with its method' },
);

const finder = z.strictObject(
  {
    source: directory('a directory: the buffer, or where the logs of rsync are'),
    storage: directory('a directory: the storage area'),
    actions: z.strictObject({ standard: action, alternative: action }).nullish(),
    search,
    pause: secondsAboveZero().default(1),
    /** Threads that compute checksums. */
    num_threads: atLeast(1).default(1),
  },
  { error: 'the settings of the finder' },
);

export const finderSettings = z.strictObject(
  { database: fileDatabase, finder, logging: loggingSettings },
  { error: 'the sections database, finder, logging' },
);

export type FinderConfiguration = z.output<typeof finderSettings>;
export type FinderSettings = FinderConfiguration['finder'];

/** Throws ConfigurationError: one line with all problems. */
export function readFinderConfiguration(text: string, name: string): FinderConfiguration {
  return readSettings(text, name, finderSettings);
}

export interface FinderActions {
  standard: ActionName;
  alternative: ActionName;
}

export function actionsOf({ actions }: Pick<FinderSettings, 'actions'>): FinderActions {
  return { standard: actions?.standard ?? 'Noop', alternative: actions?.alternative ?? 'Noop' };
}

/** What is no error, but perhaps not what was meant. */
export function finderRemarks(settings: FinderSettings): string[] {
  const { standard } = actionsOf(settings);
  const scans = settings.search.method === 'scan';
  const remarks: string[] = [];
  if (scans && standard === 'Noop' && settings.source !== settings.storage) {
    remarks.push(
      'finder.actions.standard is Noop: files stay in the buffer, not in the storage area',
    );
  }
  if (standard === 'Delete') {
    remarks.push('finder.actions.standard is Delete: new files are recorded and then removed');
  }
  return remarks;
}
