// The OUS document of `status-entities`, and the only functions that change it. Each change adds
// one entry to the history in the same document, so that state and history are one atomic write.

import { AppError } from '../errors.ts';
import type { Executive } from '../executives.ts';
import { documentId } from '../identifiers.ts';
import {
  findTransition,
  isKnownSubstate,
  isOusState,
  type OusState,
  substateFits,
} from './life-cycle.ts';
import { beginRunCause, begunRun, isSuperseded, type RunIdentity } from './run-identity.ts';

export interface HistoryEntry {
  timestamp: string;
  state: OusState;
  substate: string | null;
  executive: Executive | null;
  /** Who asked for the change, `actor@SITE`. */
  by: string;
  /** What the change is about; a request repeated with the same cause changes nothing. */
  cause?: string;
  /** Why, in words, where the one who asked gave a reason. */
  reason?: string;
}

export interface OusDocument {
  _id: string;
  _rev?: string;
  entityId: string;
  progID: string;
  state: OusState;
  substate: string | null;
  flags: { PL_PROCESSING_EXECUTIVE?: Executive };
  timestamp: string;
  /** The run that speaks for this OUS; absent before a second attempt, or the end of a first. */
  run?: RunIdentity;
  /** Absent where the Python mockup wrote the document. */
  history?: HistoryEntry[];
}

/** Who changes an OUS, when, and why. */
export interface ChangeContext {
  timestamp: string;
  by: string;
  cause?: string | undefined;
  reason?: string | undefined;
}

/** A change that the life cycle does not allow; `status` is what XTSS answers. */
export class ChangeRefusedError extends AppError {
  readonly status: 400 | 409;

  constructor(status: 400 | 409, message: string) {
    super('change_refused', message);
    this.status = status;
  }
}

/** The OUS as the launcher makes it: new, or an existing one set back to the start. */
export function launchOus(
  existing: OusDocument | undefined,
  ousUid: string,
  progId: string,
  context: ChangeContext,
): OusDocument {
  const base: OusDocument = {
    ...(existing ?? {}),
    _id: documentId(ousUid),
    entityId: ousUid,
    progID: progId,
    state: 'ReadyForProcessing',
    substate: null,
    flags: {},
    timestamp: context.timestamp,
  };
  return withEntry(withoutRun(base), context);
}

/**
 * Throws ChangeRefusedError 409 where a later attempt of the same assignment has begun, or the OUS
 * was assigned anew.
 */
export function requireCurrentRun(ous: OusDocument, run: RunIdentity | undefined): void {
  const { run: current } = ous;
  if (run === undefined || current === undefined) return;
  const isOther = run.assignment !== current.assignment && ous.state === 'Processing';
  if (!isOther && !isSuperseded(run, current)) return;
  const named = ({ assignment, attempt }: RunIdentity) => `attempt ${attempt} of ${assignment}`;
  const message = `${ous.entityId}: ${named(run)} was superseded by ${named(current)}`;
  throw new ChangeRefusedError(409, message);
}

/** Throws ChangeRefusedError 409 where nothing is being processed. */
export function beginRun(ous: OusDocument, run: RunIdentity, context: ChangeContext): OusDocument {
  if (ous.state !== 'Processing') {
    throw new ChangeRefusedError(409, `${ous.entityId} is ${ous.state}: no run can begin`);
  }
  return withEntry({ ...ous, run }, { ...context, cause: beginRunCause(run) });
}

/**
 * True where a later attempt of the run's assignment has begun, be it that the OUS has had another
 * assignment since.
 */
export function wasSuperseded(
  ous: Pick<OusDocument, 'run' | 'history'>,
  run: RunIdentity,
): boolean {
  if (isSuperseded(run, ous.run)) return true;
  return (ous.history ?? []).some(({ cause }) => isSuperseded(run, begunRun(cause)));
}

/** Throws ChangeRefusedError: 400 for an unknown state, 409 for a transition that is not allowed. */
export function setState(ous: OusDocument, value: unknown, context: ChangeContext): OusDocument {
  if (!isOusState(value)) throw new ChangeRefusedError(400, `unknown state ${show(value)}`);
  const transition = findTransition(ous.state, value);
  if (!transition) {
    throw new ChangeRefusedError(409, `${ous.entityId} can't go from ${ous.state} to ${value}`);
  }
  const { substate, clearExecutive } = transition.effects ?? {};
  const changed: OusDocument = { ...ous, state: value };
  if (substate !== undefined) changed.substate = substate;
  if (clearExecutive) changed.flags = withoutExecutive(ous);
  // Each assignment has runs of its own.
  return withEntry(value === 'Processing' ? withoutRun(changed) : changed, context);
}

/** Throws ChangeRefusedError: 400 for an unknown substate, 409 for one of another state. */
export function setSubstate(
  ous: OusDocument,
  value: unknown,
  context: ChangeContext,
): OusDocument {
  if ((typeof value !== 'string' && value !== null) || !isKnownSubstate(value)) {
    throw new ChangeRefusedError(400, `unknown substate ${show(value)}`);
  }
  if (!substateFits(ous.state, value)) {
    throw new ChangeRefusedError(409, `${ous.state} has no substate ${value}`);
  }
  if (ous.substate === value) return ous;
  return withEntry({ ...ous, substate: value }, context);
}

export function setExecutive(
  ous: OusDocument,
  value: Executive,
  context: ChangeContext,
): OusDocument {
  if (ous.flags.PL_PROCESSING_EXECUTIVE === value) return ous;
  const flags = { ...ous.flags, PL_PROCESSING_EXECUTIVE: value };
  return withEntry({ ...ous, flags }, context);
}

export function clearExecutive(ous: OusDocument, context: ChangeContext): OusDocument {
  if (ous.flags.PL_PROCESSING_EXECUTIVE === undefined) return ous;
  return withEntry({ ...ous, flags: withoutExecutive(ous) }, context);
}

/** True where a change with this cause is already part of the history. */
export function hasCause(ous: OusDocument, cause: string): boolean {
  return ous.history?.some((entry) => entry.cause === cause) ?? false;
}

/** The history entry with which the OUS entered the state it is in, if it has a history. */
export function enteredState(ous: OusDocument): HistoryEntry | undefined {
  const history = ous.history ?? [];
  let entered: HistoryEntry | undefined;
  for (const entry of history.toReversed()) {
    if (entry.state !== ous.state) break;
    entered = entry;
  }
  return entered;
}

function withEntry(ous: OusDocument, context: ChangeContext): OusDocument {
  const entry: HistoryEntry = {
    timestamp: context.timestamp,
    state: ous.state,
    substate: ous.substate,
    executive: ous.flags.PL_PROCESSING_EXECUTIVE ?? null,
    by: context.by,
  };
  if (context.cause !== undefined) entry.cause = context.cause;
  if (context.reason !== undefined) entry.reason = context.reason;
  return { ...ous, timestamp: context.timestamp, history: [...(ous.history ?? []), entry] };
}

function withoutRun(ous: OusDocument): OusDocument {
  const { run: _, ...rest } = ous;
  return rest;
}

function withoutExecutive(ous: OusDocument): OusDocument['flags'] {
  const { PL_PROCESSING_EXECUTIVE: _, ...flags } = ous.flags;
  return flags;
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 60);
}
