// What a result of the plugin means for the file: the event, and whether and when it is tried again.

import { type IngestDocument, ingestEvent } from '../../../core/dbb/ingest-events.ts';
import { formatTimestamp } from '../../../core/timestamps.ts';
import type { ClaimedFile, Outcome } from './event-store.ts';
import type { IngesterSettings } from './ingester-settings.ts';
import type { LaneResult } from './plugin-lane.ts';

export function outcomeOf(
  claimed: ClaimedFile,
  result: LaneResult,
  settings: Pick<IngesterSettings, 'retry'>,
  now_ms: number,
): Outcome {
  const { start_ms, duration_s, version, failure, how } = result;
  const details = { duration_s, version, message: failure?.message };
  if (!failure) return { claimed, event: ingestEvent('SUCCESS', start_ms, details) };
  if (how === 'crash') return { claimed, event: ingestEvent('UNKNOWN', start_ms, details) };
  const kind = how ?? (failure.passing ? 'transient' : 'permanent');
  const delay_s = settings.retry[kind][failuresAtEnd(claimed.document)];
  const retry_on = delay_s === undefined ? undefined : formatTimestamp(now_ms + delay_s * 1000);
  return { claimed, event: ingestEvent('FAILURE', start_ms, details), retry_on };
}

/** How many attempts in a row failed before this one, since it was last asked for. */
function failuresAtEnd({ events }: IngestDocument): number {
  let count = 0;
  for (const { status } of events.toReversed()) {
    if (status === 'FAILURE') count++;
    else if (status !== 'PENDING' && status !== 'UNKNOWN') break;
  }
  return count;
}
