// The messages that this process has in flight: their leases, renewed together, and the claims that
// handlers see of them. A renewal that conflicts means that another process took over.

import { describeError } from '../../../core/errors.ts';
import { type Claim, LeaseLostError } from '../../claims/claim.ts';
import { LeaseTerm } from '../../claims/lease-term.ts';
import { Renewals } from '../../claims/renewals.ts';
import type { Writable, WriteResult } from '../../couch/database.ts';
import { generationOf } from '../../couch/exclusive/leaf-order.ts';
import type { BusContext } from '../bus-context.ts';
import type { Message } from '../message.ts';

export interface Lease {
  /** The message as last written. */
  message: Message;
  readonly claim: Claim;
  readonly controller: AbortController;
  readonly term: LeaseTerm;
  /** Writes of one message follow each other. */
  lastWrite: Promise<unknown>;
  over: boolean;
}

export class Leases {
  readonly #context: BusContext;
  readonly #renewals: Renewals<Lease>;

  constructor(context: BusContext) {
    this.#context = context;
    this.#renewals = new Renewals(context.clock, context.lease_ms, (lease) => this.#renew(lease));
  }

  /** `begun_ms`: monotonic time before the claim was written. */
  hold(message: Message, begun_ms: number): Lease {
    const { clock, lease_ms, self } = this.#context;
    const term = new LeaseTerm(clock, lease_ms, begun_ms);
    const lease: Lease = {
      message,
      controller: new AbortController(),
      term,
      lastWrite: Promise.resolve(),
      over: false,
      claim: {
        receiver: self.instance,
        // Each claim is a later revision, whoever makes it.
        number: generationOf(message._rev),
        isHeld: () => !lease.over && !term.isOver,
        confirm: () => this.#confirm(lease),
      },
    };
    this.#renewals.add(lease);
    return lease;
  }

  /**
   * The last write for a message in flight, together with others that belong to it. A lease that
   * has not been renewed for a while is renewed before, so that nothing is written for one that is
   * lost. Returns the results of all, that of the message last.
   */
  async finish(
    lease: Lease,
    finished: (message: Message) => Message,
    companions: readonly Writable[] = [],
  ): Promise<WriteResult[]> {
    if (lease.term.isWorn) await this.#confirm(lease);
    this.#drop(lease);
    await lease.lastWrite;
    const { writer } = this.#context;
    const written = companions.map((doc) => writer.write(doc));
    return Promise.all([...written, writer.write(finished(lease.message))]);
  }

  /** Ends the lease without a write: it was lost. */
  abandon(lease: Lease): void {
    this.#drop(lease);
    lease.controller.abort(new LeaseLostError(`message ${lease.message._id}`));
  }

  async #confirm(lease: Lease): Promise<void> {
    if (!lease.over && !lease.term.isWorn) return;
    if (!lease.over) await this.#renew(lease);
    if (lease.claim.isHeld()) return;
    if (!lease.over) this.abandon(lease);
    throw new LeaseLostError(`message ${lease.message._id}`);
  }

  #drop(lease: Lease): void {
    lease.over = true;
    this.#renewals.delete(lease);
  }

  #renew(lease: Lease): Promise<void> {
    const renewed = lease.lastWrite.then(() => this.#renewNow(lease));
    lease.lastWrite = renewed;
    return renewed;
  }

  async #renewNow(lease: Lease): Promise<void> {
    const { delivery } = lease.message;
    if (lease.over || !delivery) return;
    const renewals = (delivery.renewals ?? 0) + 1;
    const renewed = { ...lease.message, delivery: { ...delivery, renewals } };
    const begun_ms = this.#context.clock.monotonic();
    try {
      const result = await this.#context.writer.write(renewed);
      if (result.ok) {
        lease.message = { ...renewed, _rev: result.rev };
        // A renewal that a minority alone has does not keep others from taking over.
        if (!result.accepted) lease.term.renewed(begun_ms);
      } else if (!lease.over) this.abandon(lease);
    } catch (error) {
      const fields = { message: lease.message._id, reason: describeError(error) };
      this.#context.log.warn(fields, 'could not renew the lease of a message');
    }
  }
}
