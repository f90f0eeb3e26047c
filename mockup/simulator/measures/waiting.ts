// What OUSs waited for, and how long: the bottleneck is what they waited for most.

import type { CycleRecord, OusRecord } from './cycle-record.ts';

export interface Waiting {
  /** `slots at JAO`, `reviewers`: the name of a resource. */
  resource: string;
  /** Days of all OUSs together. */
  total_d: number;
}

const DAY_MS = 86_400_000;

/** The longest first; what nobody waited for is left out. */
export function waitingOf({ ouss, runs, resources, over_ms }: CycleRecord): Waiting[] {
  const sums = new Map<string, number>();
  const add = (resource: string, time_ms: number): void => {
    if (time_ms > 0) sums.set(resource, (sums.get(resource) ?? 0) + time_ms);
  };
  const runsOf = Map.groupBy(runs, ({ ousUid }) => ousUid);
  for (const ous of ouss) addWaits(ous, runsOf.get(ous.ousUid) ?? [], over_ms, add);
  for (const { name, kind, changes } of resources) if (kind === 'link') add(name, waitAt(changes));
  return [...sums]
    .map(([resource, sum_ms]) => ({ resource, total_d: sum_ms / DAY_MS }))
    .sort((a, b) => b.total_d - a.total_d);
}

function addWaits(
  { states, executive, byHand }: OusRecord,
  runs: CycleRecord['runs'],
  over_ms: number,
  add: (resource: string, time_ms: number) => void,
): void {
  let run = 0;
  for (const [place, { state, since_ms }] of states.entries()) {
    const until_ms = states[place + 1]?.since_ms ?? over_ms;
    const stay_ms = until_ms - since_ms;
    if (state === 'ReadyForProcessing') {
      add(byHand && place === 0 ? `reducers at ${executive}` : 'assigners', stay_ms);
    } else if (state === 'ReadyForReview') add('reviewers', stay_ms);
    else if (state === 'ProcessingProblem') add(`reducers at ${executive}`, stay_ms);
    else if (state === 'Processing' && !(byHand && place === 1)) {
      add(`slots at ${executive}`, (runs[run++]?.begun_ms ?? until_ms) - since_ms);
    }
  }
}

/** Beyond the first, transfers wait for each other. */
function waitAt(changes: readonly (readonly [number, number])[]): number {
  let sum = 0;
  for (const [place, [time_ms, inUse]] of changes.entries()) {
    const next = changes[place + 1];
    if (next && inUse > 1) sum += (inUse - 1) * (next[0] - time_ms);
  }
  return sum;
}
