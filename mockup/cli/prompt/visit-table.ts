// Visits as lines of text: one for each group, with its detectors by state and its latency.

import { type VisitRecord, visitStates } from '../../core/prompt/visit-record.ts';
import { printableLine } from '../../platform/text/printable.ts';

export function printable(records: readonly VisitRecord[]): string[] {
  const groups = Map.groupBy(records, ({ instrument, group }) => `${instrument} ${group}`);
  return [...groups].map(([name, visits]) => {
    const states = Map.groupBy(visits, ({ state }) => state);
    const counts = visitStates
      .filter((state) => states.has(state))
      .map((state) => `${states.get(state)?.length} ${state}`)
      .join(', ');
    return printableLine(`${name}  ${counts}${latencies(visits)}`);
  });
}

function latencies(visits: readonly VisitRecord[]): string {
  const found = visits.flatMap(({ latency_s }) => latency_s ?? []).sort((a, b) => a - b);
  if (found.length === 0) return '';
  const at = (share: number): string =>
    (found[Math.min(found.length - 1, Math.floor(share * found.length))] ?? 0).toFixed(1);
  return `  (readout to alerts: median ${at(0.5)} s, 98 % ${at(0.98)} s)`;
}
