// The messages that this process has in hand. Their leases are renewed together by one timer that
// runs only while there are any. A renewal that conflicts means that somebody else took over.

import { AppError, describeError } from '../../core/errors.ts';
import type { Writable, WriteResult } from '../couch/database.ts';
import type { BusContext } from './bus-context.ts';
import type { Message } from './message.ts';

/** The handler's signal is aborted with this when its message was taken by somebody else. */
export class LeaseLostError extends AppError {
  constructor(id: string) {
    super('lease_lost', `message ${id} was taken over by another receiver`);
  }
}

export interface Lease {
  /** The message as last written. */
  message: Message;
  controller: AbortController;
  /** Writes of one message follow each other. */
  lastWrite: Promise<unknown>;
  over: boolean;
}

export class Leases {
  readonly #context: BusContext;
  #held = new Set<Lease>();
  #cancelTimer: (() => void) | undefined;

  constructor(context: BusContext) {
    this.#context = context;
  }

  hold(message: Message): Lease {
    const lease: Lease = {
      message,
      controller: new AbortController(),
      lastWrite: Promise.resolve(),
      over: false,
    };
    this.#held.add(lease);
    this.#schedule();
    return lease;
  }

  /** The last write for a message in hand, together with others that belong to it. */
  async finish(
    lease: Lease,
    finished: (message: Message) => Message,
    companions: readonly Writable[] = [],
  ): Promise<WriteResult> {
    this.#drop(lease);
    await lease.lastWrite;
    const { writer } = this.#context;
    const written = companions.map((doc) => writer.write(doc));
    const results = await Promise.all([...written, writer.write(finished(lease.message))]);
    return results.at(-1) as WriteResult;
  }

  /** Ends the lease without a write: it was lost. */
  abandon(lease: Lease): void {
    this.#drop(lease);
    lease.controller.abort(new LeaseLostError(lease.message._id));
  }

  #drop(lease: Lease): void {
    lease.over = true;
    this.#held.delete(lease);
    if (this.#held.size > 0) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #schedule(): void {
    const { clock, lease_ms } = this.#context;
    this.#cancelTimer ??= clock.timer(lease_ms / 3, () => {
      this.#cancelTimer = undefined;
      for (const lease of this.#held) lease.lastWrite = this.#renew(lease);
      if (this.#held.size > 0) this.#schedule();
    });
  }

  async #renew(lease: Lease): Promise<void> {
    await lease.lastWrite;
    if (lease.over || !lease.message.delivery) return;
    const renewals = (lease.message.delivery.renewals ?? 0) + 1;
    const renewed = { ...lease.message, delivery: { ...lease.message.delivery, renewals } };
    try {
      const result = await this.#context.writer.write(renewed);
      if (result.ok) lease.message = { ...renewed, _rev: result.rev };
      else if (!lease.over) this.abandon(lease);
    } catch (error) {
      const fields = { message: lease.message._id, reason: describeError(error) };
      this.#context.log.warn(fields, 'could not renew the lease of a message');
    }
  }
}
