// What a request of XTSS makes of an OUS; pure.

import type { XtssRequest } from '../../core/messages/message-bodies.ts';
import {
  beginRun,
  type ChangeContext,
  ChangeRefusedError,
  clearExecutive,
  hasCause,
  type OusDocument,
  requireCurrentRun,
  setExecutive,
  setState,
  setSubstate,
} from '../../core/ous/ous.ts';
import { enteredAt } from '../../core/ous/reading.ts';
import type { RunIdentity } from '../../core/ous/run-identity.ts';

export type ChangeRequest = Exclude<XtssRequest, { operation: 'get-ouss-by-state-substate' }>;

/**
 * The same document where there is nothing to change: a request with a cause that the history
 * knows was done before. Throws ChangeRefusedError: 409 also where the OUS has not entered its
 * state at the request's `since`.
 */
export function applyRequest(
  ous: OusDocument,
  request: ChangeRequest,
  context: ChangeContext,
): OusDocument {
  if (context.cause !== undefined && hasCause(ous, context.cause)) return ous;
  const { since } = request;
  if (since !== undefined && since !== enteredAt(ous)) {
    const message = `${ous.entityId} entered ${ous.state} at ${enteredAt(ous)}, not ${since}`;
    throw new ChangeRefusedError(409, message);
  }
  requireCurrentRun(ous, request.run);
  switch (request.operation) {
    case 'set-state':
      return withRun(setState(ous, request.value, context), request.run);
    case 'set-substate':
      return setSubstate(ous, request.value, context);
    case 'set-exec':
      return setExecutive(ous, request.value, context);
    case 'clear-exec':
      return clearExecutive(ous, context);
    case 'begin-run':
      return beginRun(ous, request.run, context);
  }
}

/** Who accepts what a run has left asks for the run that moved the OUS. */
function withRun(ous: OusDocument, run: RunIdentity | undefined): OusDocument {
  return run === undefined ? ous : { ...ous, run };
}
