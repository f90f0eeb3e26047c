// Reading an OUS document that may come from the Python mockup or a person's hand, and the times in
// it: when it entered its state, and the time of its next history entry.

import { formatTimestamp, parseTimestamp } from '../timestamps.ts';
import type { OusState } from './life-cycle.ts';
import { enteredState, type HistoryEntry, type OusDocument } from './ous.ts';
import { readRun } from './run-identity.ts';

/**
 * The document with what is missing or of another kind put right; undefined: not an OUS. A change
 * by an XTSS that keeps no history gets the entry, without a cause, that it left out.
 */
export function readOus(doc: object): OusDocument | undefined {
  const { entityId, progID, state, substate, flags, timestamp, history, run, ...rest } =
    doc as Partial<OusDocument>;
  if (typeof entityId !== 'string' || typeof state !== 'string') return undefined;
  const ous: OusDocument = {
    ...(rest as { _id: string; _rev?: string }),
    entityId,
    progID: String(progID ?? ''),
    state,
    substate: typeof substate === 'string' ? substate : null,
    flags: isPlainObject(flags) ? flags : {},
    timestamp: typeof timestamp === 'string' ? timestamp : '',
  };
  const known = readRun(run);
  if (known) ous.run = known;
  if (Array.isArray(history)) {
    const entries = history.flatMap((entry) => readEntry(entry) ?? []);
    ous.history = withLastChange(entries, ous);
  }
  return ous;
}

/**
 * When the OUS entered the state it is in. Without a history (the Python mockup writes none) the
 * time of its last change stands in for it.
 */
export function enteredAt(ous: OusDocument): string {
  return enteredState(ous)?.timestamp ?? ous.timestamp;
}

/** The entry with which the OUS entered this state the last time, whatever its state is now. */
export function lastEntryInto(ous: OusDocument, state: OusState): HistoryEntry | undefined {
  const history = ous.history ?? [];
  const last = history.findLastIndex((entry) => entry.state === state);
  return last < 0
    ? undefined
    : enteredState({ ...ous, state, history: history.slice(0, last + 1) });
}

/**
 * The time of a change made now: later than all before it, also where the clock was set back, so
 * that the times of one history tell its order and no two entries share one.
 */
export function nextTimestamp(ous: OusDocument | undefined, now_ms: number): string {
  const times = (ous?.history ?? []).map((entry) => entry.timestamp);
  if (ous) times.push(ous.timestamp);
  const last_ms = Math.max(...times.map(parseTimestamp).filter(Number.isFinite));
  return formatTimestamp(Math.max(now_ms, last_ms + 1));
}

function withLastChange(entries: HistoryEntry[], ous: OusDocument): HistoryEntry[] {
  const last = entries.at(-1);
  const { state, substate, timestamp, flags } = ous;
  if (!last || (last.state === state && (last.substate || null) === (substate || null))) {
    return entries;
  }
  const executive = flags.PL_PROCESSING_EXECUTIVE ?? null;
  return [...entries, { timestamp, state, substate, executive, by: '' }];
}

function readEntry(entry: unknown): HistoryEntry | undefined {
  if (!isPlainObject(entry)) return undefined;
  const { timestamp, state, substate, executive, by, cause, reason, ...rest } =
    entry as Partial<HistoryEntry>;
  if (typeof timestamp !== 'string' || typeof state !== 'string') return undefined;
  return {
    ...rest,
    timestamp,
    state,
    substate: typeof substate === 'string' ? substate : null,
    executive: typeof executive === 'string' ? executive : null,
    by: typeof by === 'string' ? by : '',
    ...(typeof cause === 'string' && { cause }),
    ...(typeof reason === 'string' && { reason }),
  };
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
