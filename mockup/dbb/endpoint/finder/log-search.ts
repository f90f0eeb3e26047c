// Searches the logs of rsync, which writes straight into the storage area. A log is read when
// nothing was added to it for a while, and marked when each of its files is on record.

import { canonicalPath } from '../../../core/dbb/canonical-path.ts';
import { describeError } from '../../../core/errors.ts';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { Logger } from '../../../platform/log/logger.ts';
import { matcherOf } from '../../records/patterns.ts';
import type { RsyncLog, RsyncLogs } from '../../storage/rsync-logs.ts';
import type { FinderSettings } from './finder-settings.ts';
import type { Search, SearchEvents } from './search.ts';

export interface LogSearchOptions {
  settings: FinderSettings;
  clock: Clock;
  log: Logger;
  logs: RsyncLogs;
}

const DAY_MS = 86_400_000;

export function startLogSearch(options: LogSearchOptions, events: SearchEvents): Search {
  const { settings, clock, log } = options;
  const stopping = new AbortController();
  const reader = new LogReader(options, events);
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        reader.round();
        events.onRound();
      } catch (error) {
        events.onError(error as Error);
      }
      await clock.sleep(settings.pause * 1000, stopping.signal).catch(() => {});
    }
  };
  log.info({ days: daysOf(settings, clock.now()) }, 'reads the logs of rsync');
  const running = run();
  return {
    stop: async () => {
      stopping.abort(new Error('stopped'));
      await running;
    },
  };
}

class LogReader {
  readonly #options: LogSearchOptions;
  readonly #events: SearchEvents;
  readonly #isExcluded: (path: string) => boolean;
  /** Logs whose files are in flight, with the time of what was read. */
  readonly #inFlight = new Map<string, number>();
  readonly #unreadable = new Set<string>();
  /** Logs that were read and can't be marked, with the time of what was read. */
  readonly #unmarked = new Map<string, number>();

  constructor(options: LogSearchOptions, events: SearchEvents) {
    this.#options = options;
    this.#events = events;
    this.#isExcluded = matcherOf(options.settings.search.exclude_list ?? []);
  }

  round(): void {
    const { settings, clock, logs } = this.#options;
    const { source, search } = settings;
    const quiet_ms = clock.now() - search.delay * 1000;
    for (const found of logs.unread(source, daysOf(settings, clock.now()))) {
      if (found.mtime_ms > quiet_ms || this.#inFlight.get(found.path) === found.mtime_ms) continue;
      if (this.#unmarked.get(found.path) !== found.mtime_ms) this.#read(found);
    }
  }

  #read(found: RsyncLog): void {
    const { settings, log, logs } = this.#options;
    let names: string[];
    try {
      names = logs.newFiles(found, settings.storage);
    } catch (error) {
      if (!this.#unreadable.has(found.path)) {
        this.#unreadable.add(found.path);
        log.warn({ log: found.path, reason: describeError(error) }, "a log can't be read");
      }
      return;
    }
    this.#unreadable.delete(found.path);
    const usable = names.flatMap((name) => this.#pathOf(name, found) ?? []);
    const paths = [...new Set(usable)];
    let open = paths.length;
    const end = (): void => {
      // What was added meanwhile has been read, and is not done yet.
      if (this.#inFlight.get(found.path) !== found.mtime_ms) return;
      this.#inFlight.delete(found.path);
      this.#mark(found);
      log.info({ log: found.path, files: paths.length }, 'a log of rsync is done');
    };
    this.#inFlight.set(found.path, found.mtime_ms);
    if (open === 0) {
      end();
      return;
    }
    const onEnd = (): void => {
      if (--open === 0) end();
    };
    this.#events.onFound(paths.map((path) => ({ path, onEnd })));
  }

  #mark(found: RsyncLog): void {
    try {
      this.#options.logs.markRead(found);
      this.#unmarked.delete(found.path);
    } catch (error) {
      this.#unmarked.set(found.path, found.mtime_ms);
      const fields = { log: found.path, reason: describeError(error) };
      this.#options.log.warn(fields, "a log can't be marked; the next start reads it again");
    }
  }

  /** One file, one path, however the log writes it; undefined for what is left out. */
  #pathOf(name: string, { path: log }: RsyncLog): string | undefined {
    const path = canonicalPath(name);
    if (path === undefined) {
      const reason = `not a name inside its directory: ${JSON.stringify(name)}`;
      this.#options.log.warn({ log, reason }, 'a name is left out');
      return undefined;
    }
    return this.#isExcluded(path) ? undefined : path;
  }
}

/** `YYYYMMDD` of each day, by the local calendar unless the configuration names a day. */
export function daysOf({ search }: FinderSettings, now_ms: number): string[] {
  const { date, past_days, future_days } = search;
  const today = new Date(now_ms);
  const local = [today.getFullYear(), today.getMonth(), today.getDate()] as const;
  const centre_ms = date === null ? Date.UTC(...local) : Date.parse(date);
  return Array.from({ length: past_days + future_days + 1 }, (_, index) => {
    const day = new Date(centre_ms + (index - past_days) * DAY_MS);
    return day.toISOString().slice(0, 10).replaceAll('-', '');
  });
}
