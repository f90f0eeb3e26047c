// What became of one detector's visit: a document in database `visits` with its whole history.

import type { Visit } from './visit.ts';

export const visitStates = [
  'announced',
  'preparing',
  'waiting',
  'processing',
  'processed',
  'partial',
  'no-data',
  'timed-out',
  'failed',
  'expired',
  'ignored',
] as const;

export type VisitState = (typeof visitStates)[number];

/** Where a visit may go from where it is; those that lead nowhere are final. */
const transitions: Readonly<Record<VisitState, readonly VisitState[]>> = {
  announced: ['preparing', 'expired', 'ignored', 'timed-out'],
  // A worker that died, or a failure before anything was written, begins again, or nobody takes
  // the visit up any more.
  preparing: ['preparing', 'waiting', 'timed-out', 'failed', 'expired'],
  waiting: ['preparing', 'processing', 'no-data', 'timed-out', 'failed', 'expired'],
  processing: ['preparing', 'processed', 'partial', 'timed-out', 'failed'],
  // A failure that can be tried again is tried again when the visit is delivered once more.
  failed: ['preparing', 'timed-out', 'expired'],
  'timed-out': ['preparing', 'timed-out', 'expired'],
  processed: [],
  partial: [],
  'no-data': [],
  expired: [],
  // By a service that it is not for, or that had no pipeline for it: another one may take it up.
  ignored: ['preparing'],
};

export function mayBecome(from: VisitState, to: VisitState): boolean {
  return transitions[from].includes(to);
}

export interface Snap {
  snap: number;
  exposureId: string;
  object: string;
  /** When it was in the bucket, as the bucket says. */
  stored: string;
  /** When the worker knew of it. */
  arrived: string;
  /** It came after the worker had stopped waiting: it is not in the result. */
  late?: true;
  /** Its sky angle is not what was announced: it is not in the result. */
  dropped?: true;
}

export interface VisitClaim {
  /** Who works on it, and his how-manieth claim it is: what an earlier one writes is refused. */
  worker: string;
  number: number;
  /** Milliseconds since 1970, UTC. */
  until: number;
}

export interface VisitRecord {
  _id: string;
  _rev?: string;
  instrument: string;
  group: string;
  detector: number;
  visit: Visit;
  state: VisitState;
  history: { time: string; state: VisitState; by: string; reason?: string }[];
  snaps: Snap[];
  /** The worker's subscription to image events: whoever ends its work removes it. */
  subscription?: string | undefined;
  claim?: VisitClaim | undefined;
  /** How often it was claimed. */
  claims: number;
  /** It failed before anything was written: delivered again, it is tried again. */
  retriable?: boolean;
  /** Somebody still has to do something about it: it is not over, or its subscription is left. */
  open?: true;
  result?: { diaSources: number; diaObjects: number; alerts: number; pipeline?: string };
  /** From the last snap's end of readout to the alerts, in seconds. */
  latency_s?: number;
}

export function isFinal(record: Pick<VisitRecord, 'state' | 'retriable'>): boolean {
  if (record.state === 'failed' || record.state === 'timed-out') return !record.retriable;
  return record.state === 'ignored' || transitions[record.state].length === 0;
}

/** With the mark by which those are found that somebody has to look after. */
export function withMark({ open: _, ...record }: VisitRecord): VisitRecord {
  const isOpen = !isFinal(record) || record.subscription !== undefined;
  return isOpen ? { ...record, open: true } : record;
}

export function historyEntry(
  now_ms: number,
  state: VisitState,
  by: string,
  reason?: string,
): VisitRecord['history'][number] {
  const time = new Date(now_ms).toISOString();
  return { time, state, by, ...(reason !== undefined && { reason }) };
}
