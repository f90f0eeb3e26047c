// Asking XTSS for a change of an OUS: one RPC, its answer as a value. Every actor changes OUSs
// through this alone.

import { AppError } from '../../core/errors.ts';
import type { Executive } from '../../core/executives.ts';
import { XTSS_SELECTOR } from '../../core/messages/selectors.ts';
import type { OusState } from '../../core/ous/life-cycle.ts';
import type { RunIdentity } from '../../core/ous/run-identity.ts';
import type { Bus } from '../bus/bus.ts';

/** An XTSS that was killed comes back, and a lease ends, well within this time. */
const TIME_LIMIT_MS = 300_000;
const REASON_LENGTH = 2000;

export type OusChange = {
  ousUID: string;
  /** The same for each repetition of one step: a repeated request changes nothing. */
  cause?: string | undefined;
  /** In words, for the history. */
  reason?: string | undefined;
  /** When the OUS must have entered the state it is in (`enteredAt`). */
  since?: string | undefined;
  /** For which run; one that was superseded is refused. */
  run?: RunIdentity | undefined;
} & (
  | { operation: 'set-state'; value: OusState }
  | { operation: 'set-substate'; value: string | null }
  | { operation: 'set-exec'; value: Executive }
  | { operation: 'clear-exec' }
  | { operation: 'begin-run'; run: RunIdentity }
);

/** 404: no such OUS; 409: the OUS has moved on, or the life cycle doesn't allow the change. */
export type ChangeOutcome = 'done' | { refused: 404 | 409 };

export interface XtssRequestOptions {
  /** Default: five minutes. */
  timeLimit_ms?: number;
  signal?: AbortSignal;
  /** For which actor of this site it is asked. Default: this one. */
  as?: string;
}

/** XTSS did not understand a request, or its answer is not one of XTSS's. */
export class XtssError extends AppError {
  constructor(message: string) {
    super('xtss_request_failed', message);
  }
}

/**
 * Throws XtssError where XTSS calls the request bad (400) or answers nonsense, NoAnswerError where
 * it does not answer in time. Safe to repeat where the change has a `cause`.
 */
export async function requestChange(
  ports: { bus: Bus },
  change: OusChange,
  options: XtssRequestOptions = {},
): Promise<ChangeOutcome> {
  const { reason, ...rest } = change;
  const body = reason === undefined ? rest : { ...rest, reason: reason.slice(0, REASON_LENGTH) };
  const answer = await ports.bus.call(XTSS_SELECTOR, defined(body), {
    timeLimit_ms: TIME_LIMIT_MS,
    ...options,
  });
  if (answer === 201) return 'done';
  if (answer === 404 || answer === 409) return { refused: answer };
  throw new XtssError(`XTSS answered ${JSON.stringify(answer)} to ${JSON.stringify(body)}`);
}

// A field without a value is left out, as JSON would.
function defined(body: object): object {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}
