// The finder: what its search finds waits until it is complete, is identified (in threads of their
// own) and taken in, batch by batch. What can't be taken in is set aside on record.

import type { FileVersion } from '../../../core/dbb/file-version.ts';
import { describeError } from '../../../core/errors.ts';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { DatabaseServer } from '../../../platform/couch/database.ts';
import type { Logger } from '../../../platform/log/logger.ts';
import type { WatchTree } from '../../files/watch-tree.ts';
import type { RsyncLogs } from '../../storage/rsync-logs.ts';
import type { StorageWork } from '../../storage/storage-work.ts';
import { databaseNamesOf } from '../database-section.ts';
import { prepareDatabases } from '../endpoint-databases.ts';
import { createAction } from './actions.ts';
import { Asides } from './asides.ts';
import { actionsOf, type FinderConfiguration, type FinderSettings } from './finder-settings.ts';
import { Intake } from './intake.ts';
import { IntakeLoop } from './intake-loop.ts';
import { startLogSearch } from './log-search.ts';
import { startScanSearch } from './scan-search.ts';
import type { FoundFile, Search, SearchEvents } from './search.ts';
import { WaitingFiles } from './waiting-files.ts';

export interface FinderPorts {
  databases: DatabaseServer;
  clock: Clock;
  log: Logger;
  work: StorageWork;
  watchTree: WatchTree;
  rsyncLogs: RsyncLogs;
}

export interface Finder {
  /** Files that were recorded since the start. */
  readonly recorded: number;
  /** Ends after the batch in hand. */
  stop(): Promise<void>;
}

/** `source` and `storage` are absolute directories that exist. */
export async function startFinder(
  ports: FinderPorts,
  { database, finder: settings }: Pick<FinderConfiguration, 'database' | 'finder'>,
): Promise<Finder> {
  const { databases, clock, log, work } = ports;
  const names = databaseNamesOf(database.tablenames);
  work.warmUp();
  const made = await prepareDatabases(databases, names);
  if (made.length > 0) log.info({ databases: made }, 'databases were made');
  const files = databases.open(names.files);
  const location = settings.search.method === 'scan' ? settings.source : settings.storage;
  const { storage } = settings;
  const asides = new Asides({ files, clock, log, root: location });
  await asides.load();

  const { standard, alternative } = actionsOf(settings);
  const intake = new Intake({
    ...{ files, clock, work, storage, location },
    contents: databases.open(names.contents),
    standard: createAction(standard, work, { location, storage }),
    alternative: createAction(alternative, work, { location, storage }),
  });
  const waiting = new WaitingFiles(clock);
  const settlingTime = (version: FileVersion | undefined): number => {
    // A log of rsync is read when its transfer is over.
    const settle_s = settings.search.method === 'scan' ? settings.search.settle : 0;
    return settlingTime_ms(version, settle_s * 1000, clock.now());
  };
  const parts = { clock, log, work, location, waiting, intake, asides };
  const loop = new IntakeLoop({ ...parts, settlingTime_ms: settlingTime });
  const events = createEvents({ log, settings, waiting, asides, loop, settlingTime });
  const search = startSearch(ports, settings, events);
  const running = loop.run();
  return {
    get recorded() {
      return loop.recorded;
    },
    stop: async () => {
      loop.stop();
      await search.stop();
      await running;
    },
  };
}

function startSearch(ports: FinderPorts, settings: FinderSettings, events: SearchEvents): Search {
  const { source, storage, search, pause } = settings;
  if (search.method === 'parse_rsync_logs') {
    return startLogSearch({ ...ports, settings, logs: ports.rsyncLogs }, events);
  }
  const exclude = search.exclude_list ?? [];
  const { watchTree } = ports;
  return startScanSearch({ source, storage, exclude, pause_ms: pause * 1000, watchTree }, events);
}

interface EventParts {
  log: Logger;
  settings: FinderSettings;
  waiting: WaitingFiles;
  asides: Asides;
  loop: IntakeLoop;
  settlingTime(version: FileVersion | undefined): number;
}

function createEvents(parts: EventParts): SearchEvents {
  const { log, settings, waiting, asides, loop, settlingTime } = parts;
  /** What earlier runs set aside and the first round did not meet is over. */
  let unmet: Set<string> | undefined = new Set(asides.paths);
  let failing = false;
  return {
    onFound(files) {
      for (const file of files) {
        unmet?.delete(file.path);
        if (loop.isInHand(file.path)) loop.foundAgain(file);
        else waiting.add(toWaiting(file), settlingTime(file.version));
      }
    },
    onGone(paths) {
      for (const path of paths) {
        waiting.remove(path);
        asides.clear(path);
      }
      loop.wakeForAsides();
    },
    onOdd(version, reason) {
      unmet?.delete(version.path);
      asides.set({ version, reason: 'odd', message: `not taken: ${reason}` });
      loop.wakeForAsides();
    },
    onRound() {
      failing = false;
      for (const path of unmet ?? []) if (settings.search.method === 'scan') asides.clear(path);
      unmet = undefined;
      loop.wakeForAsides();
    },
    onError(error) {
      if (!failing) log.error({ reason: describeError(error) }, 'the search failed; it goes on');
      failing = true;
    },
  };
}

function toWaiting({ path, version, onEnd }: FoundFile) {
  return { path, version, attempts: 0, onEnd };
}

/** How long a file must still be left alone to count as complete; a time to come is no excuse. */
export function settlingTime_ms(
  version: FileVersion | undefined,
  settle_ms: number,
  now_ms: number,
): number {
  if (!version) return 0;
  return Math.min(Math.max(settle_ms - (now_ms - version.mtime_ms), 0), settle_ms);
}
