// One pull request: waits until there is something, at most for a while, and answers with it.

import type { Clock } from '../../../platform/clock/clock.ts';
import type { Consumer, Delivery } from '../broker/delivery/delivery.ts';
import type { Subscription } from '../broker/subscription.ts';
import { PubsubError } from '../pubsub-error.ts';

const WAIT_MAX_MS = 60_000;

export interface PullRequest {
  maxMessages: number;
  /** Answers with nothing where there is nothing now. */
  immediately: boolean;
  signal: AbortSignal;
}

/** Throws FAILED_PRECONDITION. */
export function checkPullable({ settings }: Subscription): void {
  const reason = settings.push ? 'is a push subscription' : settings.detached && 'is detached';
  if (reason) throw new PubsubError('FAILED_PRECONDITION', `the subscription ${reason}`);
}

export async function pull(
  clock: Clock,
  subscription: Subscription,
  { maxMessages, immediately, signal }: PullRequest,
): Promise<Delivery[]> {
  let taken: Delivery[] = [];
  let ended: Error | undefined;
  let full = (): void => {};
  const filled = new Promise<void>((resolve) => {
    full = resolve;
  });
  const consumer: Consumer = {
    capacity: () => (taken.length === 0 && !signal.aborted ? maxMessages : 0),
    deliver: (deliveries) => {
      taken = deliveries;
      full();
    },
    end: (reason) => {
      ended = reason;
      full();
    },
  };
  const detach = subscription.attach(consumer);
  try {
    if (taken.length === 0 && !immediately) {
      const waiting = new AbortController();
      await Promise.race([
        filled,
        clock.sleep(WAIT_MAX_MS, AbortSignal.any([signal, waiting.signal])).catch(() => {}),
      ]);
      waiting.abort();
    }
  } finally {
    detach();
  }
  if (ended) throw ended;
  if (!signal.aborted) return taken;
  // Nobody is there to get them: they go to the next one at once.
  subscription.modifyDeadline(
    taken.map(({ ackId }) => ackId),
    0,
  );
  return [];
}
