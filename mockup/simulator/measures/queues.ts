// How many OUSs were where, day by day.

import type { OusState } from '../../core/ous/life-cycle.ts';
import type { CycleRecord } from './cycle-record.ts';

export const queueNames = [
  'to be staged',
  'ReadyForProcessing',
  'Processing',
  'ProcessingProblem',
  'ReadyForReview',
  'Reviewing',
  'in delivery',
] as const;

export type QueueName = (typeof queueNames)[number];

export interface Queues {
  /** Milliseconds since 1970: midnights UTC. */
  days_ms: number[];
  lengths: Record<QueueName, number[]>;
}

const DAY_MS = 86_400_000;

export function queuesOf({ ouss, start_ms, over_ms }: CycleRecord): Queues {
  const days = Math.max(Math.ceil((over_ms - start_ms) / DAY_MS), 1);
  const days_ms = Array.from({ length: days }, (_, day) => start_ms + day * DAY_MS);
  const changes = Object.fromEntries(
    queueNames.map((name) => [name, new Array<number>(days + 1).fill(0)]),
  ) as Record<QueueName, number[]>;
  const dayOf = (time_ms: number): number =>
    Math.min(Math.max(Math.ceil((time_ms - start_ms) / DAY_MS), 0), days);
  for (const { observed_ms, states } of ouss) {
    const stays = [{ queue: 'to be staged' as QueueName | undefined, since_ms: observed_ms }];
    for (const { state, since_ms } of states) stays.push({ queue: queueOf(state), since_ms });
    for (const [place, { queue, since_ms }] of stays.entries()) {
      if (!queue) continue;
      const counts = changes[queue];
      const until = dayOf(stays[place + 1]?.since_ms ?? over_ms);
      counts[dayOf(since_ms)] = (counts[dayOf(since_ms)] ?? 0) + 1;
      counts[until] = (counts[until] ?? 0) - 1;
    }
  }
  const lengths = Object.fromEntries(
    queueNames.map((name) => [name, sums(changes[name]).slice(0, days)]),
  ) as Record<QueueName, number[]>;
  return { days_ms, lengths };
}

function queueOf(state: OusState): QueueName | undefined {
  if (state === 'Verified' || state === 'DeliveryInProgress') return 'in delivery';
  return queueNames.find((name) => name === state);
}

function sums(changes: readonly number[]): number[] {
  let sum = 0;
  return changes.map((change) => (sum += change));
}
