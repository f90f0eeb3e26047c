// A person's answer to a problem of the Pipeline: the OUS waits for it once more.

import type { OusDocument } from '../../core/ous/ous.ts';
import { enteredAt } from '../../core/ous/reading.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import {
  type ChangeOutcome,
  requestChange,
  type XtssRequestOptions,
} from '../../platform/xtss/xtss-client.ts';

/** Happens once for each problem, however often it is asked for. */
export function queueAgain(
  ports: ActorPorts,
  ous: OusDocument,
  options: XtssRequestOptions,
): Promise<ChangeOutcome> {
  const since = enteredAt(ous);
  return requestChange(
    ports,
    {
      operation: 'set-state',
      value: 'ReadyForProcessing',
      ousUID: ous.entityId,
      cause: `queued again after the problem of ${since}`,
      reason: 'queued again',
      since,
    },
    options,
  );
}
