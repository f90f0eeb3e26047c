// What a running manager tells of itself.

import { formatTimestamp } from '../../core/timestamps.ts';
import type { EndpointHealth } from './endpoint/endpoint-health.ts';
import type { HandoffParts } from './parts.ts';
import type { Failure } from './statistics.ts';

export interface HandoffStatus {
  manager: string;
  pid: number;
  started: string;
  timestamp: string;
  state:
    | 'idle'
    | 'transferring'
    | 'waiting for the endpoint'
    | 'waiting for the disk here'
    | 'stopping'
    | 'stopped';
  queued: { files: number; bytes: number };
  in_flight: { files: number; batches: number };
  /** Over the last ten seconds. */
  rate: { mbytes_per_sec: number; files_per_sec: number };
  /** The file that waits longest. */
  oldest: { path: string; since: string } | null;
  held: { files: number; bytes: number };
  /** Files that arrived and can't be moved to the holding area. */
  stuck: number;
  skipped: number;
  /** `up` only where it does what is asked of it. */
  endpoint: {
    up: boolean;
    condition: EndpointHealth['condition'];
    error: string | null;
    retry_in_s: number | null;
  };
  /** This machine: why no batch can be begun. */
  local: { error: string | null };
  records: {
    waiting: number;
    parked_batches: number;
    /** True when those of earlier runs were compared with what is there. */
    compared: boolean;
    error: string | null;
  };
  scan: { files: number; directories: number; duration_ms: number } | null;
  failures: Failure[];
}

export interface StatusSources {
  parts: HandoffParts;
  health: EndpointHealth;
  activeBatches: number;
  stuck: number;
  localError: string | undefined;
  parked: number;
  stopping: boolean;
  started_ms: number;
  scan: HandoffStatus['scan'];
  reconciled: boolean;
  pid: number;
}

export function statusOf(sources: StatusSources): HandoffStatus {
  const { parts, health } = sources;
  const { clock, waiting, statistics, files, batches, discoveries } = parts;
  const oldest = waiting.oldest();
  const retry_ms = health.retryAt_ms;
  return {
    manager: parts.manager,
    pid: sources.pid,
    started: formatTimestamp(sources.started_ms),
    timestamp: formatTimestamp(clock.now()),
    state: stateOf(sources),
    queued: { files: waiting.count, bytes: waiting.bytes },
    in_flight: { files: waiting.inFlight, batches: sources.activeBatches },
    rate: statistics.rates(),
    oldest:
      (oldest && {
        path: oldest.version.path,
        since: formatTimestamp(oldest.discovered_ms),
      }) ||
      null,
    held: { files: statistics.held, bytes: statistics.held_bytes },
    stuck: sources.stuck,
    skipped: statistics.skipped,
    endpoint: {
      up: health.condition === 'up',
      condition: health.condition,
      error: health.error ?? null,
      retry_in_s: retry_ms === undefined ? null : Math.max(retry_ms - clock.monotonic(), 0) / 1000,
    },
    local: { error: sources.localError ?? null },
    records: {
      waiting: files.pending + batches.pending + discoveries.waiting,
      parked_batches: sources.parked,
      compared: sources.reconciled,
      error: files.error ?? batches.error ?? null,
    },
    scan: sources.scan,
    failures: statistics.failures(),
  };
}

function stateOf(sources: StatusSources): HandoffStatus['state'] {
  const { stopping, health, activeBatches } = sources;
  if (stopping) return 'stopping';
  if (activeBatches > 0) return 'transferring';
  if (sources.localError !== undefined) return 'waiting for the disk here';
  return health.isUp ? 'idle' : 'waiting for the endpoint';
}
