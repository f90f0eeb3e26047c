// The finder: what its search finds waits until it is complete, is identified (in threads of their
// own) and taken in, batch by batch. What can't be taken in is set aside on record.

import { describeError } from '../../../core/errors.ts';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { DatabaseServer } from '../../../platform/couch/database.ts';
import type { Logger } from '../../../platform/log/logger.ts';
import type { WatchTree } from '../../files/watch-tree.ts';
import type { RsyncLogs } from '../../storage/rsync-logs.ts';
import type { StorageWork } from '../../storage/storage-work.ts';
import { databaseNamesOf } from '../database-section.ts';
import { prepareDatabases } from '../endpoint-databases.ts';
import type { ProcessIdentity } from '../ingester/claiming/lease.ts';
import { createAction } from './actions.ts';
import { Asides } from './asides.ts';
import { actionsOf, type FinderConfiguration, type FinderSettings } from './finder-settings.ts';
import { Intake } from './intake.ts';
import { IntakeLoop } from './intake-loop.ts';
import { startLogSearch } from './log-search.ts';
import { PresenceWriter } from './presence-writer.ts';
import { startScanSearch } from './scan-search.ts';
import type { FoundFile, Search, SearchEvents } from './search.ts';
import { TakenFiles } from './taken-files.ts';
import { UnsettledFiles } from './waiting-files.ts';

export interface FinderPorts {
  databases: DatabaseServer;
  clock: Clock;
  log: Logger;
  work: StorageWork;
  watchTree: WatchTree;
  rsyncLogs: RsyncLogs;
  self: ProcessIdentity;
  isProcessGone(machine: string, pid: number): boolean;
}

export interface Finder {
  /** Files that were recorded since the start. */
  readonly recorded: number;
  /** Files that were found, and are not taken in yet. */
  readonly waiting: number;
  /** Why nothing is taken in at the moment. */
  readonly trouble: string | undefined;
  /** Ends after the batch in flight. */
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
  const isMove = standard === 'Move' && location !== storage;
  const changed = new Asides({ files, clock, log, root: storage });
  const taken = new TakenFiles({ clock, log, work, files, storage, asides: changed });
  if (isMove) await taken.load();
  const { self, isProcessGone } = ports;
  const presence = new PresenceWriter({
    files,
    clock,
    self,
    isProcessGone,
    source: settings.source,
  });
  await presence.start();
  const intake = new Intake({
    ...{ files, clock, work, storage, location },
    contents: databases.open(names.contents),
    standard: createAction(standard, work, { location, storage }),
    alternative: createAction(alternative, work, { location, storage }),
  });
  const waiting = new UnsettledFiles(clock);
  // A log of rsync is read when its transfer is over.
  const settle_ms = settings.search.method === 'scan' ? settings.search.settle * 1000 : 0;
  const parts = { clock, log, work, location, waiting, intake, asides };
  let trouble: string | undefined;
  const loop = new IntakeLoop({
    ...{ ...parts, settle_ms },
    onTaken: (recorded) => (isMove ? taken.add(recorded) : undefined),
    onTrouble: (reason) => {
      trouble = reason;
      presence.tell(reason);
    },
  });
  const events = createEvents({ log, settings, waiting, asides, loop, settle_ms });
  const search = startSearch(ports, settings, events);
  const running = loop.run();
  return {
    get recorded() {
      return loop.recorded;
    },
    get waiting() {
      return waiting.count;
    },
    get trouble() {
      return trouble;
    },
    stop: async () => {
      loop.stop();
      await search.stop();
      await running;
      taken.stop();
      await presence.stop();
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
  waiting: UnsettledFiles;
  asides: Asides;
  loop: IntakeLoop;
  settle_ms: number;
}

function createEvents(parts: EventParts): SearchEvents {
  const { log, settings, waiting, asides, loop, settle_ms } = parts;
  /** What earlier runs set aside and the first round did not meet is over. */
  let unmet: Set<string> | undefined = new Set(asides.paths);
  let failing = false;
  return {
    onFound(files) {
      for (const file of files) {
        unmet?.delete(file.path);
        if (loop.isInHand(file.path)) loop.foundAgain(file);
        else waiting.add(toWaiting(file), settle_ms);
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
