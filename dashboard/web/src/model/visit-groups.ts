// Visits as the page shows them: the detectors of one pointing together, and what they took.

import {
  isFinal,
  type VisitState,
  visitStates,
} from '../../../../mockup/core/prompt/visit-record.ts';
import type { VisitSummary } from '../../../protocol/summaries.ts';
import { withoutAlerts } from '../look/visit-look.ts';

export interface VisitGroup {
  instrument: string;
  name: string;
  announced_ms: number;
  /** By detector. */
  visits: Map<number, VisitSummary>;
}

/** Newest first. */
export function visitGroups(visits: Iterable<VisitSummary>): VisitGroup[] {
  const groups = new Map<string, VisitGroup>();
  for (const visit of visits) {
    const { instrument, group: name, detector } = visit;
    const announced_ms = visit.announced_ms ?? Number.POSITIVE_INFINITY;
    const key = `${instrument} ${name}`;
    const group = groups.get(key);
    if (!group) {
      groups.set(key, { instrument, name, announced_ms, visits: new Map([[detector, visit]]) });
      continue;
    }
    group.announced_ms = Math.min(group.announced_ms, announced_ms);
    group.visits.set(detector, visit);
  }
  return [...groups.values()].sort(
    (one, other) => other.announced_ms - one.announced_ms || (one.name < other.name ? 1 : -1),
  );
}

/** How many are in each state, in the order of a visit's life; other words last. */
export function countStates(visits: Iterable<VisitSummary>): [state: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { state } of visits) counts.set(state, (counts.get(state) ?? 0) + 1);
  const known = visitStates.filter((state) => counts.has(state));
  const others = [...counts.keys()].filter((state) => !visitStates.includes(state as VisitState));
  return [...known, ...others.sort()].map((state) => [state, counts.get(state) ?? 0]);
}

export function isOver({ state, retriable }: VisitSummary): boolean {
  const isKnown = visitStates.includes(state as VisitState);
  return isKnown && isFinal({ state: state as VisitState, retriable });
}

export const PROMISE_S = 60;
export const PROMISED_SHARE = 0.98;

export interface Latencies {
  measured: number;
  /** Of those that were measured. */
  within: number;
  median_s: number | null;
  /** That 98 % of them did not exceed. */
  promised_s: number | null;
  /** Ended without alerts: no latency says how late. */
  withoutAlerts: number;
}

export function latenciesOf(visits: Iterable<VisitSummary>): Latencies {
  const found: number[] = [];
  let without = 0;
  for (const visit of visits) {
    if (visit.latency_s !== null) found.push(visit.latency_s);
    else if (withoutAlerts.includes(visit.state) && isOver(visit)) without += 1;
  }
  found.sort((one, other) => one - other);
  const at = (share: number): number | null =>
    found[Math.max(0, Math.ceil(share * found.length) - 1)] ?? null;
  return {
    measured: found.length,
    within: found.filter((latency) => latency <= PROMISE_S).length,
    median_s: at(0.5),
    promised_s: at(PROMISED_SHARE),
    withoutAlerts: without,
  };
}
