// What one ingester did with one file: a single document holds the whole history and who works on
// it, so that taking a file is one compare-and-set and no query ever looks for the newest event.

import { formatTimestamp } from '../timestamps.ts';

export const ingestStatuses = [
  'UNTRIED',
  'PENDING',
  'SUCCESS',
  'FAILURE',
  'UNKNOWN',
  'IGNORED',
  'INVALID',
  'RERUN',
  'BACKFILL',
] as const;

export type IngestStatus = (typeof ingestStatuses)[number];

export interface IngestEvent {
  status: IngestStatus;
  start_time: string;
  /** Seconds; null for an event that is no attempt. */
  duration: number | null;
  err_message: string | null;
  ingest_ver: string | null;
}

/** Who works on the file: see the document `holder:<instance>`. */
interface IngestClaim {
  instance: string;
}

export interface IngestDocument {
  /** The id of the file's record. */
  _id: string;
  _rev?: string;
  type: 'endpoint-events';
  /** That of the newest event. */
  status: IngestStatus;
  /** Attempts that were begun. */
  attempts: number;
  claim?: IngestClaim;
  /** A failure that may pass by itself: when it is tried again. */
  retry_on?: string;
  /** Oldest first. */
  events: IngestEvent[];
}

/** More would make the document too large; what is dropped first is what is oldest. */
const EVENTS_MAX = 5000;

export interface EventDetails {
  duration_s?: number;
  message?: string | undefined;
  version?: string | undefined;
}

export function ingestEvent(
  status: IngestStatus,
  at_ms: number,
  details: EventDetails = {},
): IngestEvent {
  return {
    status,
    start_time: formatTimestamp(at_ms),
    duration: details.duration_s ?? null,
    err_message: details.message ?? null,
    ingest_ver: details.version ?? null,
  };
}

/** The first document of a file that is not tried now. */
export function firstDocument(
  id: string,
  status: IngestStatus,
  at_ms: number,
  message?: string,
): IngestDocument {
  const events = [ingestEvent('UNTRIED', at_ms)];
  if (status === 'BACKFILL') events.pop();
  if (status !== 'UNTRIED') events.push(ingestEvent(status, at_ms, { message }));
  return { _id: id, type: 'endpoint-events', status, attempts: 0, events };
}

/** `document` is undefined for a file that nobody has taken yet. */
export function claimedDocument(
  id: string,
  document: IngestDocument | undefined,
  instance: string,
  at_ms: number,
): IngestDocument {
  const before = document ?? firstDocument(id, 'UNTRIED', at_ms);
  const { retry_on: _over, ...kept } = before;
  const events = withEditByHand(before, at_ms);
  events.push(ingestEvent('PENDING', at_ms));
  return {
    ...kept,
    status: 'PENDING',
    attempts: before.attempts + 1,
    claim: { instance },
    events: events.slice(-EVENTS_MAX),
  };
}

/** The document with one more event, in nobody's hands. */
export function finishedDocument(
  document: IngestDocument,
  event: IngestEvent,
  retry_on?: string,
): IngestDocument {
  const { claim: _over, retry_on: _before, ...kept } = document;
  const events = [...document.events, event].slice(-EVENTS_MAX);
  const finished: IngestDocument = { ...kept, status: event.status, events };
  if (retry_on !== undefined) finished.retry_on = retry_on;
  return finished;
}

/** Taken and given back before it was tried: as if it had not been taken. */
export function returnedDocument(
  document: IngestDocument,
  status: IngestStatus,
  at_ms: number,
): IngestDocument {
  const returned = finishedDocument(document, ingestEvent(status, at_ms));
  return { ...returned, attempts: Math.max(document.attempts - 1, 0) };
}

/** A person who edits a document sets its status, and need not write the history. */
function withEditByHand(document: IngestDocument, at_ms: number): IngestEvent[] {
  const { status, events } = document;
  if (events.at(-1)?.status === status) return [...events];
  return [...events, ingestEvent(status, at_ms, { message: 'set by hand' })];
}

/** Documents come from outside too: true where this one can be worked with. */
export function isIngestDocument(value: unknown): value is IngestDocument {
  const document = value as Partial<IngestDocument> | undefined;
  return (
    document?.type === 'endpoint-events' &&
    typeof document._id === 'string' &&
    isIngestStatus(document.status) &&
    typeof document.attempts === 'number' &&
    Array.isArray(document.events)
  );
}

function isIngestStatus(value: unknown): value is IngestStatus {
  return ingestStatuses.some((status) => status === value);
}
