// Keeps the heap of this thread near what is really in use. V8 on a machine with much memory lets
// garbage pile up to several times that before it cleans; a manager runs for months beside others.

import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Below this there is nothing to gain: a collection takes time, too. */
const SMALL_BYTES = 80 * 2 ** 20;
const FREE_BYTES = 24 * 2 ** 20;
const GROWTH = 1.2;
/** The space for new objects doubles again and again, up to 128 MiB; this much is plenty. */
const NEW_SPACE_BYTES = 8 * 2 ** 20;

/** The returned function is to be called after work that makes garbage; it costs next to nothing. */
export function createHeapKeeper(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let inUse_bytes = 0;
  let grows = true;
  return () => {
    if (grows && newSpace_bytes() >= NEW_SPACE_BYTES) {
      setFlagsFromString('--semi-space-growth-factor=1');
      grows = false;
    }
    const limit_bytes = Math.max(inUse_bytes * GROWTH + FREE_BYTES, SMALL_BYTES);
    if (getHeapStatistics().used_heap_size < limit_bytes) return;
    collect();
    inUse_bytes = getHeapStatistics().used_heap_size;
  };
}

function newSpace_bytes(): number {
  const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  return space?.space_size ?? 0;
}
