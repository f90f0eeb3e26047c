// Searches the buffer itself: events of the file system, with the scan as the safety net.

import { IN_STAGING } from '../../../core/dbb/staging-name.ts';
import type { WatchTree } from '../../files/watch-tree.ts';
import { toPattern } from '../../records/patterns.ts';
import type { Search, SearchEvents } from './search.ts';

/** Temporary names that this product gives to what is not complete. */
const TEMPORARY = '(^|/)\\.part-[0-9a-f]{16}$';

export interface ScanSearchOptions {
  source: string;
  storage: string;
  exclude: readonly string[];
  pause_ms: number;
  watchTree: WatchTree;
}

export function startScanSearch(options: ScanSearchOptions, events: SearchEvents): Search {
  const { source, storage, pause_ms, watchTree } = options;
  const exclude = [TEMPORARY, IN_STAGING, ...options.exclude.map(toPattern)];
  if (storage.startsWith(`${source}/`)) {
    exclude.push(`^${quoted(storage.slice(source.length + 1))}(/|$)`);
  }
  const watch = watchTree({
    root: source,
    exclude,
    pause_ms,
    onChanges({ found, gone, odd }) {
      if (gone.length > 0) events.onGone(gone);
      if (found.length > 0) {
        events.onFound(found.map((version) => ({ path: version.path, version })));
      }
      for (const { version, reason } of odd) events.onOdd(version, reason);
    },
    onScanned: () => events.onRound(),
    onError: (error) => events.onError(error),
  });
  return { stop: () => watch.stop() };
}

function quoted(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
