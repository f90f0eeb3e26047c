// How a message's document changes when a receiver takes it, finishes it or gives it back.

import { describeError } from '../../../core/errors.ts';
import { formatTimestamp } from '../../../core/timestamps.ts';
import type { BusContext } from '../bus-context.ts';
import type { Message, MessageDelivery } from '../message.ts';

/** Waits between attempts; the last one stays. */
const RETRY_DELAYS_MS = [1_000, 2_000, 5_000, 10_000] as const;
export const MAX_ATTEMPTS = 5;

const ERROR_LIMIT = 1000;

export function claimed(message: Message, context: BusContext): Message {
  const delivery: MessageDelivery = {
    state: 'claimed',
    holder: context.self,
    attempts: (message.delivery?.attempts ?? 0) + 1,
    lease_ms: context.lease_ms,
    claimedAt: formatTimestamp(context.clock.now()),
  };
  if (message.delivery?.error !== undefined) delivery.error = message.delivery.error;
  return { ...message, consumed: true, delivery };
}

export function done(message: Message, context: BusContext): Message {
  return ended(message, 'done', context);
}

/** Given up: nobody takes it until a person revives it. */
export function dead(message: Message, context: BusContext, error: unknown): Message {
  return ended(message, 'dead', context, describeError(error));
}

/** Back in the queue after a failure. */
export function givenBack(message: Message, error: unknown): Message {
  const delivery = deliveryOf(message);
  const index = Math.min(delivery.attempts, RETRY_DELAYS_MS.length) - 1;
  return {
    ...message,
    consumed: false,
    delivery: {
      ...delivery,
      state: 'open',
      error: describeError(error).slice(0, ERROR_LIMIT),
      retryDelay_ms: RETRY_DELAYS_MS[index] ?? RETRY_DELAYS_MS[0],
    },
  };
}

/** Back in the queue because of an outage of the site, which is not the message's fault. */
export function postponed(message: Message, error: unknown): Message {
  const back = returned(message);
  const delivery: MessageDelivery = {
    ...deliveryOf(back),
    error: describeError(error).slice(0, ERROR_LIMIT),
    retryDelay_ms: RETRY_DELAYS_MS[RETRY_DELAYS_MS.length - 1] ?? RETRY_DELAYS_MS[0],
  };
  return { ...back, delivery };
}

/** Back in the queue because the receiver stops: that was no attempt. */
export function returned(message: Message): Message {
  const delivery = deliveryOf(message);
  const { retryDelay_ms: _, ...rest } = delivery;
  const attempts = Math.max(delivery.attempts - 1, 0);
  return { ...message, consumed: false, delivery: { ...rest, state: 'open', attempts } };
}

/**
 * As if it had never been tried: what a person asks for with `draws messages retry`, or at the
 * dashboard, where it is known who.
 */
export function revived(message: Message, by?: string): Message {
  const { delivery: _, ...rest } = message;
  return { ...rest, consumed: false, ...(by !== undefined && { revivedBy: by }) };
}

function ended(
  message: Message,
  state: 'done' | 'dead',
  context: BusContext,
  error?: string,
): Message {
  const { retryDelay_ms: _, ...delivery } = deliveryOf(message);
  const finishedAt = formatTimestamp(context.clock.now());
  const ending: MessageDelivery = { ...delivery, state, finishedAt };
  if (error !== undefined) ending.error = error.slice(0, ERROR_LIMIT);
  return { ...message, consumed: true, delivery: ending };
}

function deliveryOf(message: Message): MessageDelivery {
  if (message.delivery) return message.delivery;
  throw new TypeError(`message ${message._id} was never taken`);
}
