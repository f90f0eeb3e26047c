// What is kept of a detector's visit, from its document in database `visits`.

import type { RefusalSummary, VisitSummary, WorkersSummary } from '../../protocol/summaries.ts';
import { countOf, fieldsOf, numberOf, textOf, timeOf } from './reading.ts';

const DETECTOR_MAX = 10_000;

/** Undefined for a document that is no visit. */
export function summariseVisit(doc: object): VisitSummary | undefined {
  const fields = fieldsOf(doc);
  const instrument = textOf(fields.instrument);
  const group = textOf(fields.group);
  const state = textOf(fields.state);
  const detector = numberOf(fields.detector);
  if (!instrument || !group || !state || detector === null) return undefined;
  if (!Number.isInteger(detector) || detector < 0 || detector > DETECTOR_MAX) return undefined;
  const history = listOf(fields.history);
  const snaps = listOf(fields.snaps);
  const entered = history.findLastIndex((entry) => fieldsOf(entry).state !== state) + 1;
  return {
    id: String(fields._id),
    ...{ instrument, group, detector, state },
    retriable: fields.retriable === true,
    announced_ms: timeOf(fieldsOf(history[0]).time),
    since_ms: timeOf(fieldsOf(history[entered]).time),
    worker: textOf(fieldsOf(fields.claim).worker) ?? lastWorker(history),
    claims: countOf(fields.claims),
    snaps: snaps.length,
    late: snaps.filter((snap) => fieldsOf(snap).late === true).length,
    expected: numberOf(fieldsOf(fields.visit).snaps),
    latency_s: numberOf(fields.latency_s),
  };
}

/** Undefined for a document that is no refusal. */
export function summariseRefusal(doc: object): RefusalSummary | undefined {
  const { _id, kind, time, reason, shown } = fieldsOf(doc);
  if (kind !== 'refused') return undefined;
  return {
    id: String(_id),
    time_ms: timeOf(time),
    reason: textOf(reason) ?? 'no reason given',
    shown: textOf(shown) ?? '',
  };
}

/** Undefined for a document that says nothing of workers. */
export function summariseWorkers(doc: object): WorkersSummary | undefined {
  const { _id, kind, time, instrument, ...counts } = fieldsOf(doc);
  const camera = textOf(instrument);
  if (kind !== 'workers' || !camera) return undefined;
  const { busy, idle, cold, queued, minimum, maximum } = counts;
  return {
    id: String(_id),
    ...{ instrument: camera, time_ms: timeOf(time) },
    ...{ busy: countOf(busy), idle: countOf(idle), cold: countOf(cold), queued: countOf(queued) },
    ...{ minimum: countOf(minimum), maximum: countOf(maximum) },
  };
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The first entry is written in the name of the message. */
function lastWorker(history: readonly unknown[]): string | null {
  return history.length > 1 ? textOf(fieldsOf(history.at(-1)).by) : null;
}
