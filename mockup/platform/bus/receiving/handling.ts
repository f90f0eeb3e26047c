// One message from its claim to its end: claim, handler, and how it ended on record.

import { describeError } from '../../../core/errors.ts';
import { formatTimestamp } from '../../../core/timestamps.ts';
import { LeaseLostError } from '../../claims/claim.ts';
import type { Writable, WriteResult } from '../../couch/database.ts';
import type { Delivered, Tenure } from '../bus.ts';
import type { BusContext } from '../bus-context.ts';
import type { Message, MessageDocument } from '../message.ts';
import { claimed, dead, done, returned } from './claim.ts';
import type { Lease, Leases } from './leases.ts';
import { endAfter } from './outcome.ts';
import { bury, isUnwritable } from './unwritable.ts';

/** Handles one message; gives documents that are written together with its end (an answer). */
export interface Work {
  run(message: Delivered, tenure: Tenure, request: Message): Promise<readonly Writable[]>;
}

/** The share of a lease that rival claims on a cluster may take to settle. */
const PATIENCE_SHARE = 0.2;
const GIVE_UP_SHARE = 0.5;

export type ClaimOutcome =
  | { outcome: 'held'; lease: Lease }
  /** Another was faster. */
  | { outcome: 'lost' }
  /** Its attempts are used up, its asker waits no longer, or it can't be written. */
  | { outcome: 'ended' };

/** Throws where the database refuses the claim. */
export async function claimMessage(
  context: BusContext,
  leases: Leases,
  message: Message,
  maxAttempts: number,
): Promise<ClaimOutcome> {
  const { writer, clock, log, lease_ms } = context;
  const attempt = claimed(message, context);
  if ((attempt.delivery?.attempts ?? 0) > maxAttempts) {
    const reason =
      message.delivery?.error ?? 'each receiver that took it ended before it was done';
    await writer.write(dead(message, context, new Error(reason)));
    log.error({ message: message._id, reason }, 'message is dead');
    return { outcome: 'lost' };
  }
  if (hasExpired(message, context)) {
    const result = await writer.write(expired(attempt, context));
    return { outcome: result.ok ? 'ended' : 'lost' };
  }
  const begun_ms = clock.monotonic();
  const result = await writer.write(attempt);
  if (isUnwritable(result)) {
    return { outcome: (await bury(context, attempt, result)) ? 'ended' : 'lost' };
  }
  if (!result.ok) {
    if (result.error !== 'conflict') throw new Error(result.error);
    return { outcome: 'lost' };
  }
  const settled = await writer.settler.settle(
    { doc: attempt, before: message, result },
    { patience_ms: lease_ms * PATIENCE_SHARE, giveUpAfter_ms: lease_ms * GIVE_UP_SHARE },
  );
  if (settled.won && settled.isExtended) return { outcome: 'lost' };
  if (settled.won) {
    return { outcome: 'held', lease: leases.hold({ ...attempt, _rev: settled.rev }, begun_ms) };
  }
  // Too few copies can be reached to know: it goes back, on top of what was written.
  if (settled.why === 'unsure') await writer.write(returned({ ...attempt, _rev: settled.rev }));
  return { outcome: 'lost' };
}

/** False where the message was taken over meanwhile. `free` is called before the last write at latest. */
export async function deliver(
  context: BusContext,
  leases: Leases,
  lease: Lease,
  options: { work: Work; maxAttempts: number; isStopped(): boolean; free(): void },
): Promise<boolean> {
  const { message, controller, claim } = lease;
  const tenure: Tenure = { claim, signal: controller.signal, freePlace: options.free };
  let end: (current: Message) => Message;
  let companions: readonly Writable[] = [];
  try {
    controller.signal.throwIfAborted();
    companions = await options.work.run(deliveredFrom(lease), tenure, message);
    end = (current) => done(current, context);
  } catch (error) {
    end = options.isStopped() ? returned : endAfter(error, message, options.maxAttempts, context);
  }
  const fields = { message: message._id };
  if (controller.signal.reason instanceof LeaseLostError) {
    context.log.warn(fields, 'message was taken over meanwhile');
    return false;
  }
  const written = leases.finish(lease, end, companions);
  // The next claim goes along with this write.
  options.free();
  try {
    const results = await written;
    await replaceRefused(context, companions, results);
    const last = results.at(-1);
    if (last?.ok) return true;
    context.log.warn(
      { ...fields, reason: last?.error },
      'message was changed while it was handled',
    );
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error;
    context.log.warn(fields, 'message was taken over meanwhile');
  }
  return false;
}

function deliveredFrom({ message, controller }: Lease): Delivered {
  return {
    id: message._id,
    selector: message.selector,
    body: message.body,
    sender: message.sender,
    creationTimestamp: message.creationTimestamp,
    attempt: message.delivery?.attempts ?? 1,
    signal: controller.signal,
  };
}

/** An answer that the database refuses (it is too large) becomes one that says so. */
async function replaceRefused(
  context: BusContext,
  companions: readonly Writable[],
  results: readonly WriteResult[],
): Promise<void> {
  for (const [index, doc] of companions.entries()) {
    const result = results[index];
    // A conflict means that it was sent before.
    if (!result || result.ok || result.error === 'conflict') continue;
    const reason = 'reason' in result ? result.reason : result.error;
    const failure = `the answer could not be sent: ${describeError(reason)}`.slice(0, 1000);
    context.log.error({ message: doc._id, reason: failure }, 'an answer became an error');
    const error: MessageDocument & Writable = {
      ...(doc as MessageDocument & Writable),
      body: { error: 'answer_not_sent', reason: failure },
      failure,
    };
    await context.writer.write(error);
  }
}

function hasExpired({ expires }: Message, { clock }: BusContext): boolean {
  return expires !== undefined && expires < formatTimestamp(clock.now());
}

function expired(attempt: Message, context: BusContext): Message {
  const { delivery, ...over } = done(attempt, context);
  return delivery ? { ...over, delivery: { ...delivery, error: EXPIRED } } : over;
}

const EXPIRED = 'the asker no longer waits';
