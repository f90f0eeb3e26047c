// How a delivery ends that did not end well.

import { describeError, InvalidInputError, isOutage } from '../../../core/errors.ts';
import type { BusContext } from '../bus-context.ts';
import { isClaimed, type Message } from '../message.ts';
import { dead, givenBack, postponed } from './claim.ts';

/** The signal of a message in flight is aborted with this when its receiver stops. */
export class StoppedError extends Error {
  constructor() {
    super('the receiver stops');
    this.name = 'StoppedError';
  }
}

/** What the message becomes after its handler failed: open again for a later attempt, or dead. */
export function endAfter(
  error: unknown,
  message: Message,
  maxAttempts: number,
  context: BusContext,
): (current: Message) => Message {
  const attempts = message.delivery?.attempts ?? 1;
  const reason = describeError(error);
  const fields = { message: message._id, selector: message.selector, attempts, reason };
  if (isOutage(error)) {
    context.log.warn(fields, 'message waits until the site is mended');
    return (current) => postponed(current, error);
  }
  // What can't be understood will not be understood the next time.
  if (error instanceof InvalidInputError || attempts >= maxAttempts) {
    context.log.error(fields, 'message is dead');
    return (current) => dead(current, context, error);
  }
  context.log.warn(fields, 'message failed and will be tried again');
  return (current) => givenBack(current, error);
}

/** True where `news` shows that another process has taken the message that this one has in flight. */
export function isTakenByAnother(news: Message, inFlight: Message): boolean {
  const mine = inFlight.delivery;
  const theirs = news.delivery;
  if (!isClaimed(news) || !mine || !theirs) return false;
  return theirs.holder.instance !== mine.holder.instance && theirs.attempts > mine.attempts;
}
