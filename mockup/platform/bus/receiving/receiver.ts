// One receiver on one selector: knows the open messages from the changes feed, claims the oldest by
// compare-and-set, has it handled, and writes how it ended. It never polls. Where each message
// stands is one map of states; `receiver-states` says what moves them.

import { describeError } from '../../../core/errors.ts';
import { claimedMessagesFor, unreadMessagesFor } from '../../../core/queries.ts';
import { LeaseWatch } from '../../claims/lease-watch.ts';
import type { Change, Document, Feed, Stored } from '../../couch/database.ts';
import { readThenFollow } from '../../couch/documents/read-then-follow.ts';
import type { ReceiveOptions, Receiver } from '../bus.ts';
import { type BusContext, selectorCondition } from '../bus-context.ts';
import { isClaimed, isOpen, type Message } from '../message.ts';
import { MAX_ATTEMPTS } from './claim.ts';
import { type ClaimOutcome, claimMessage, deliver, type Work } from './handling.ts';
import { KeptBodies } from './kept-bodies.ts';
import type { Leases } from './leases.ts';
import { OpenQueues } from './open-queues.ts';
import { isTakenByAnother, StoppedError } from './outcome.ts';
import { readSights } from './read-sights.ts';
import { readSight } from './reading.ts';
import { type Event, type MessageSight, type State, transition } from './receiver-states.ts';
import { endRivals } from './rivals.ts';

/** Bytes of messages in flight; with more no other is taken. */
const IN_FLIGHT_BYTES = 12_000_000;
/** How many of the oldest messages competing receivers spread over. */
const CONTENTION_WIDTH = 64;
const REFUSED_DELAY_MS = 5_000;

interface Entry {
  state: State;
  cancelTimer: (() => void) | undefined;
}

export class MessageReceiver implements Receiver {
  readonly ready: Promise<void>;
  readonly #context: BusContext;
  readonly #leases: Leases;
  readonly #work: Work;
  readonly #concurrency: number;
  readonly #maxAttempts: number;
  readonly #condition: unknown;
  readonly #entries = new Map<string, Entry>();
  /** What is waiting, in order. */
  readonly #waiting: OpenQueues;
  /** The leases of what is watched. */
  readonly #watch: LeaseWatch<MessageSight>;
  readonly #unfinished = new Set<Promise<void>>();
  readonly #bodies = new KeptBodies();
  #running = 0;
  #inFlight_bytes = 0;
  #contended = false;
  #stopped = false;
  #feed: Feed | undefined;
  #wake: () => void = () => {};

  constructor(
    context: BusContext,
    leases: Leases,
    selector: string,
    work: Work,
    options: ReceiveOptions,
  ) {
    this.#context = context;
    this.#leases = leases;
    this.#work = work;
    this.#concurrency = options.concurrency ?? 1;
    this.#maxAttempts = options.maxAttempts ?? MAX_ATTEMPTS;
    this.#condition = selectorCondition(selector, options.pattern ?? false);
    this.#waiting = new OpenQueues(options.queues);
    this.#watch = new LeaseWatch<MessageSight>({
      clock: context.clock,
      lease_ms: context.lease_ms,
      read: (ids) => readSights(context, ids, (sight) => this.#headOf(sight)),
      sight: ({ message, isContested }) => {
        const { delivery } = message;
        if (!isClaimed(message) || !delivery || isContested) return undefined;
        const isGone = context.isHolderGone(delivery.holder);
        return { mark: message._rev, lease_ms: delivery.lease_ms, isGone };
      },
      onFree: (id, sight) => {
        this.#move(id, { type: 'freed', sight });
        this.#pump();
      },
    });
    this.ready = this.#startPatiently();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#watch.stop();
    this.#waiting.clear();
    for (const { state, cancelTimer } of this.#entries.values()) {
      cancelTimer?.();
      if (state.is === 'busy') state.lease?.controller.abort(new StoppedError());
    }
    this.#wake();
    await this.ready;
    await this.#feed?.stop();
    await Promise.all(this.#unfinished);
  }

  async #startPatiently(): Promise<void> {
    while (!this.#stopped) {
      try {
        return await this.#start();
      } catch (error) {
        const reason = describeError(error);
        this.#context.log.error({ reason }, 'can not follow the message bus yet');
        await new Promise<void>((resolve) => {
          const cancel = this.#context.clock.timer(REFUSED_DELAY_MS, resolve);
          this.#wake = () => {
            cancel();
            resolve();
          };
        });
      }
    }
  }

  async #start(): Promise<void> {
    this.#feed = await readThenFollow<Document>(this.#context.messages, {
      queries: [unreadMessagesFor(this.#condition), claimedMessagesFor(this.#condition)],
      filter: { selector: this.#condition },
      conflicts: true,
      isBusy: () => this.#entries.size > 0,
      isKnown: (doc) => this.#isKnown(doc),
      onRead: (docs) => {
        for (const doc of docs) this.#see(doc);
        this.#pump();
      },
      onChanges: (changes) => this.#onChanges(changes),
    });
  }

  #onChanges(changes: Change[]): void {
    for (const change of changes) {
      if (change.deleted) this.#move(change.id, { type: 'removed' });
      else if (change.doc) this.#see(change.doc);
    }
    this.#pump();
  }

  #see(doc: unknown): void {
    const sight = readSight(doc);
    if (this.#stopped || !sight) return;
    const { message } = sight;
    const state = this.#entries.get(message._id)?.state;
    const lease = state?.is === 'busy' ? state.lease : undefined;
    if (lease && isTakenByAnother(message, lease.message)) this.#leases.abandon(lease);
    const isWaiting = isOpen(message) && state?.is !== 'busy';
    const known = isWaiting ? sight : this.#headOf(sight);
    this.#move(message._id, { type: 'seen', sight: known });
  }

  #isKnown(doc: Stored<Document>): boolean {
    const state = this.#entries.get(doc._id)?.state;
    if (state?.is === 'busy' || state?.is === 'contested') return true;
    return state !== undefined && state.message?._rev === doc._rev;
  }

  /** The one place where a message changes its state. */
  #move(id: string, event: Event): void {
    const before = this.#entries.get(id);
    let next = transition(before?.state, event);
    if (next === before?.state || this.#stopped) {
      if (before && next && this.#stopped) before.state = next;
      return;
    }
    before?.cancelTimer?.();
    if (before?.state.is === 'waiting') this.#waiting.delete(before.state.message);
    next = this.#withBody(before?.state, next);
    if (before?.state.is === 'watched' && next?.is !== 'watched') this.#watch.forget(id);
    if (!next) {
      this.#entries.delete(id);
      return;
    }
    const entry: Entry = { state: next, cancelTimer: undefined };
    this.#entries.set(id, entry);
    this.#enter(id, entry);
  }

  #headOf(sight: MessageSight): MessageSight {
    return { ...sight, message: this.#bodies.headOf(sight.message) };
  }

  /** Large bodies of what waits are left in the database. */
  #withBody(before: State | undefined, next: State | undefined): State | undefined {
    const old = before && messageOf(before);
    const message = next && messageOf(next);
    if (old && old !== message) this.#bodies.release(old);
    if (!next || !message) return next;
    return { ...next, message: this.#bodies.keep(message) } as State;
  }

  #enter(id: string, entry: Entry): void {
    const { state } = entry;
    const { clock, lease_ms } = this.#context;
    if (state.is === 'waiting') this.#waiting.add(state.message);
    if (state.is === 'watched') {
      const { message } = state;
      this.#watch.watch(id, message && { message, isContested: false });
    }
    if (state.is === 'resting') {
      entry.cancelTimer = clock.timer(state.delay_ms, () => {
        this.#move(id, { type: 'rested' });
        this.#pump();
      });
    }
    if (state.is === 'contested') {
      let stand = '';
      const look = (): void => {
        entry.cancelTimer = clock.timer(lease_ms, () => {
          void endRivals(this.#context, id, stand).then((now) => {
            ({ stand } = now);
            if (this.#entries.get(id) !== entry || this.#stopped) return;
            if (!now.sight) this.#move(id, { type: 'removed' });
            else if (now.sight.isContested) look();
            else this.#move(id, { type: 'seen', sight: now.sight });
            this.#pump();
          }, look);
        });
      };
      look();
    }
  }

  /** Claims as many messages as there are places free. */
  #pump(): void {
    while (!this.#stopped && this.#running < this.#concurrency) {
      if (this.#inFlight_bytes > IN_FLIGHT_BYTES) return;
      const taken = this.#contended
        ? this.#waiting.take(CONTENTION_WIDTH, this.#context.random.next())
        : this.#waiting.take();
      if (!taken) return;
      const { message, queue } = taken;
      this.#move(message._id, { type: 'taken' });
      this.#running++;
      const handled = this.#handle(message, queue);
      this.#unfinished.add(handled);
      void handled.finally(() => this.#unfinished.delete(handled));
    }
  }

  async #handle(known: Message, queue: string): Promise<void> {
    const context = this.#context;
    const id = known._id;
    const size = this.#bodies.sizeOf(known);
    this.#inFlight_bytes += size;
    let freed = false;
    const free = () => {
      if (freed) return;
      freed = true;
      this.#running--;
      this.#waiting.release(queue);
      this.#pump();
    };
    let isOver = false;
    try {
      const message = this.#bodies.isLeft(known) ? await this.#readWhole(known) : known;
      const claim: ClaimOutcome = message
        ? await claimMessage(context, this.#leases, message, this.#maxAttempts)
        : { outcome: 'lost' };
      this.#contended = claim.outcome === 'lost';
      isOver = claim.outcome === 'ended';
      if (claim.outcome === 'held') {
        const { lease } = claim;
        this.#move(id, { type: 'held', lease });
        if (this.#stopped) lease.controller.abort(new StoppedError());
        isOver = await deliver(context, this.#leases, lease, {
          work: this.#work,
          maxAttempts: this.#maxAttempts,
          isStopped: () => this.#stopped,
          free,
        });
      }
    } catch (error) {
      const fields = { message: id, reason: describeError(error) };
      context.log.error(fields, 'the database refused a write of a message');
    } finally {
      this.#move(id, { type: 'ended', isOver });
      this.#inFlight_bytes -= size;
      free();
      this.#pump();
    }
  }

  /** With its body; undefined where it was changed meanwhile, which the feed tells too. */
  async #readWhole({ _id, _rev }: Message): Promise<Message | undefined> {
    const [sight] = await readSights(this.#context, [_id], (whole) => whole);
    return sight?.message._rev === _rev && !sight.isContested ? sight.message : undefined;
  }
}

/** Of what waits. */
function messageOf(state: State): Message | undefined {
  return state.is === 'waiting' || state.is === 'resting' ? state.message : undefined;
}
