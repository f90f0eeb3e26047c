// What `hdfmgr run --metrics` tells, by the manager's status.

import { parseTimestamp } from '../../core/timestamps.ts';
import type { HandoffStatus } from '../../dbb/handoff/status.ts';
import type { Metric } from '../dbb/metrics-server.ts';

type Source = readonly [
  name: string,
  kind: Metric['kind'],
  help: string,
  value: (status: HandoffStatus) => number | undefined,
];

const sources: readonly Source[] = [
  ['queued_files', 'gauge', 'Files that wait for their transfer', (s) => s.queued.files],
  ['queued_bytes', 'gauge', 'Bytes that wait for their transfer', (s) => s.queued.bytes],
  ['in_flight_files', 'gauge', 'Files of transfers under way', (s) => s.in_flight.files],
  ['oldest_seconds', 'gauge', 'Age of the file that waits longest; 0 for none', ageOfOldest],
  ['held_files_total', 'counter', 'Files shipped and held since the start', (s) => s.held.files],
  ['held_bytes_total', 'counter', 'Bytes shipped and held since the start', (s) => s.held.bytes],
  ['stuck_files', 'gauge', 'Files that arrived and can not be held', (s) => s.stuck],
  ['skipped_files_total', 'counter', 'Entries that can not be shipped', (s) => s.skipped],
  ['failing_files', 'gauge', 'Files whose last attempt failed', (s) => s.failures.length],
  [
    'endpoint_up',
    'gauge',
    '1 where the endpoint does what is asked',
    (s) => Number(s.endpoint.up),
  ],
  ['local_up', 'gauge', '1 where batches can be begun here', (s) => Number(!s.local.error)],
  ['records_up', 'gauge', '1 where records can be written', (s) => Number(!s.records.error)],
  ['records_waiting', 'gauge', 'Records that are not written yet', (s) => s.records.waiting],
  ['buffer_files', 'gauge', 'Files in the buffer at the last scan', (s) => s.scan?.files],
  [
    'scan_seconds',
    'gauge',
    'How long the last scan took',
    (s) => (s.scan?.duration_ms ?? 0) / 1000,
  ],
];

export function handoffMetrics(status: () => HandoffStatus): Metric[] {
  return sources.map(([name, kind, help, value]) => ({
    ...{ name: `hdfmgr_${name}`, kind, help },
    read: () => value(status()) ?? undefined,
  }));
}

function ageOfOldest({ oldest, timestamp }: HandoffStatus): number {
  if (!oldest) return 0;
  return Math.max((parseTimestamp(timestamp) - parseTimestamp(oldest.since)) / 1000, 0);
}
