// When nothing is left to be replicated between the sites of a line: what would be measured before
// that is the catching up.

import { setTimeout as sleep } from 'node:timers/promises';
import { planReplications } from '../../../mockup/replication/plan.ts';
import { replicationStatus } from '../../../mockup/replication/replication-status.ts';
import type { RunningLine } from './line-process.ts';

const LIMIT_S = 600;
/** In a row, so that a change on its way is not overlooked. */
const LOOKS = 2;

/** Of a line with servers of its own: JAO and EU. Rejects after ten minutes. */
export async function settled({ urls: [jao, eu] }: RunningLine): Promise<void> {
  if (jao === undefined || eu === undefined) return;
  const plan = planReplications({ executive: 'JAO', url: jao }, [{ executive: 'EU', url: eu }]);
  let quiet = 0;
  for (let n = 0; n < LIMIT_S; n++) {
    const links = await replicationStatus(plan);
    const isQuiet = links.every(({ state, behind = 0 }) => state === 'running' && behind === 0);
    quiet = isQuiet ? quiet + 1 : 0;
    if (quiet === LOOKS) return;
    await sleep(1_000);
  }
  throw new Error('the replications do not come to rest');
}
