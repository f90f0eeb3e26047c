// A request to XTSS that waits for XTSS as long as it takes. For actors that have a message in
// hand: giving it back would only use up its attempts.

import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../clock/clock.ts';
import { type RetryTable, retry } from '../clock/retry.ts';
import type { Logger } from '../log/logger.ts';
import { type ChangeOutcome, type OusChange, requestChange } from './xtss-client.ts';

// The call itself waits for minutes before it counts as unanswered.
const UNANSWERED: RetryTable = { delays_s: [1, 10, 60], limit_s: 7 * 24 * 3600 };

/** `change` must have a cause: it may be asked for several times. Throws XtssError. */
export function requestPatiently(
  ports: { bus: Bus; clock: Clock; log: Logger },
  change: OusChange & { cause: string },
  signal: AbortSignal,
  as?: string,
): Promise<ChangeOutcome> {
  return retry(ports, UNANSWERED, 'request to XTSS', signal, () =>
    requestChange(ports, change, { signal, ...(as !== undefined && { as }) }),
  );
}
