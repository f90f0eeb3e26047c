// One receiver on one selector: knows the open messages from the changes feed, claims the oldest by
// compare-and-set, has it handled, and writes how it ended. It never polls.

import { describeError } from '../../core/errors.ts';
import { claimedMessagesFor, unreadMessagesFor } from '../../core/queries.ts';
import type { Change, Feed, Writable } from '../couch/database.ts';
import type { Delivered, ReceiveOptions, Receiver } from './bus.ts';
import { type BusContext, selectorCondition } from './bus-context.ts';
import { claimed, dead, done, MAX_ATTEMPTS, returned } from './claim.ts';
import { type Lease, LeaseLostError, type Leases } from './leases.ts';
import { isClaimed, isOpen, type Message } from './message.ts';
import { OpenQueue } from './open-queue.ts';
import { endAfter, isTakenByAnother, StoppedError } from './outcome.ts';
import { readMessage } from './reading.ts';
import { WatchList } from './watch-list.ts';

/** How many of the oldest messages competing receivers spread over. */
const CONTENTION_WIDTH = 64;
const REFUSED_DELAY_MS = 5_000;

/** Handles one message; gives documents that are written together with its end (an answer). */
export type Work = (message: Delivered, request: Message) => Promise<readonly Writable[]>;

export class MessageReceiver implements Receiver {
  readonly ready: Promise<void>;
  readonly #context: BusContext;
  readonly #leases: Leases;
  readonly #work: Work;
  readonly #concurrency: number;
  readonly #maxAttempts: number;
  readonly #condition: unknown;
  readonly #open = new OpenQueue();
  readonly #watched: WatchList;
  /** Ids whose claim or handling is under way. */
  readonly #busy = new Map<string, Lease | undefined>();
  readonly #unfinished = new Set<Promise<void>>();
  readonly #timers = new Map<string, () => void>();
  /** Messages that came back while an older revision of them was in hand. */
  readonly #deferred = new Map<string, Message>();
  #running = 0;
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
    this.#watched = new WatchList(context, (message) => this.#offer(message));
    this.ready = this.#startPatiently();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#watched.stop();
    this.#open.clear();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    for (const lease of this.#busy.values()) lease?.controller.abort(new StoppedError());
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
          this.#timers.set('start', this.#context.clock.timer(REFUSED_DELAY_MS, resolve));
          this.#wake = resolve;
        });
      }
    }
  }

  async #start(): Promise<void> {
    const { messages } = this.#context;
    const since = (await messages.info()).updateSeq;
    const [open, taken] = await Promise.all([
      messages.find<Message>(unreadMessagesFor(this.#condition)),
      messages.find<Message>(claimedMessagesFor(this.#condition)),
    ]);
    if (this.#stopped) return;
    for (const message of [...open, ...taken]) this.#consider(message);
    this.#feed = messages.follow({
      since,
      includeDocs: true,
      selector: { selector: this.#condition },
      onChanges: (changes) => this.#onChanges(changes),
    });
    this.#pump();
  }

  #onChanges(changes: Change[]): void {
    for (const change of changes) {
      if (change.deleted) this.#forget(change.id);
      else if (change.doc) this.#consider(change.doc);
    }
    this.#pump();
  }

  #consider(doc: unknown): void {
    const message = readMessage(doc);
    if (this.#stopped || !message) return;
    if (this.#busy.has(message._id)) {
      this.#considerInHand(message);
    } else if (isClaimed(message)) {
      this.#open.delete(message._id);
      this.#watched.watch(message);
    } else if (isOpen(message)) {
      this.#watched.forget(message._id);
      this.#offerLater(message, message.delivery?.retryDelay_ms ?? 0);
    } else {
      this.#forget(message._id);
    }
  }

  /** News of a message whose claim or handling is under way; mostly the echo of own writes. */
  #considerInHand(message: Message): void {
    const lease = this.#busy.get(message._id);
    if (lease && isTakenByAnother(message, lease.message)) this.#leases.abandon(lease);
    if (isOpen(message)) this.#deferred.set(message._id, message);
    else this.#deferred.delete(message._id);
  }

  #forget(id: string): void {
    this.#deferred.delete(id);
    this.#open.delete(id);
    this.#watched.forget(id);
    this.#timers.get(id)?.();
    this.#timers.delete(id);
  }

  #offerLater(message: Message, delay_ms: number): void {
    this.#timers.get(message._id)?.();
    this.#timers.delete(message._id);
    if (delay_ms <= 0) {
      this.#open.add(message);
      return;
    }
    const cancel = this.#context.clock.timer(delay_ms, () => {
      this.#timers.delete(message._id);
      this.#offer(message);
    });
    this.#timers.set(message._id, cancel);
  }

  #offer(message: Message): void {
    if (this.#stopped) return;
    this.#open.add(message);
    this.#pump();
  }

  /** Claims as many messages as there are hands free. */
  #pump(): void {
    while (!this.#stopped && this.#running < this.#concurrency) {
      const message = this.#contended
        ? this.#open.take(CONTENTION_WIDTH, this.#context.random.next())
        : this.#open.take();
      if (!message) return;
      if (this.#busy.has(message._id)) continue;
      this.#busy.set(message._id, undefined);
      this.#running++;
      const handled = this.#handle(message);
      this.#unfinished.add(handled);
      void handled.finally(() => this.#unfinished.delete(handled));
    }
  }

  async #handle(message: Message): Promise<void> {
    const { log } = this.#context;
    let freed = false;
    const free = () => {
      if (freed) return;
      freed = true;
      this.#running--;
      this.#pump();
    };
    try {
      const lease = await this.#claim(message);
      const isOver = lease !== undefined && (await this.#deliver(lease, free));
      // Somebody else has it, or had it: see later what became of it.
      if (!isOver) this.#watched.lookAgain(message._id);
    } catch (error) {
      const fields = { message: message._id, reason: describeError(error) };
      log.error(fields, 'the database refused a write of a message');
      this.#watched.lookAgain(message._id);
    } finally {
      this.#busy.delete(message._id);
      this.#takeUpDeferred(message._id);
      free();
    }
  }

  #takeUpDeferred(id: string): void {
    const message = this.#deferred.get(id);
    this.#deferred.delete(id);
    if (message) this.#consider(message);
  }

  /** Undefined where somebody else was faster, or the message is dead now. */
  async #claim(message: Message): Promise<Lease | undefined> {
    const attempt = claimed(message, this.#context);
    const isSpent = (attempt.delivery?.attempts ?? 0) > this.#maxAttempts;
    if (isSpent) {
      const reason =
        message.delivery?.error ?? 'each receiver that took it ended before it was done';
      await this.#context.writer.write(dead(message, this.#context, new Error(reason)));
      this.#context.log.error({ message: message._id, reason }, 'message is dead');
      return undefined;
    }
    const result = await this.#context.writer.write(attempt);
    this.#contended = !result.ok;
    if (!result.ok) {
      if (result.error !== 'conflict') throw new Error(result.error);
      return undefined;
    }
    const lease = this.#leases.hold({ ...attempt, _rev: result.rev });
    this.#busy.set(message._id, lease);
    if (this.#stopped) lease.controller.abort(new StoppedError());
    return lease;
  }

  /** False where the message was taken over meanwhile. */
  async #deliver(lease: Lease, free: () => void): Promise<boolean> {
    const { message, controller } = lease;
    const delivered: Delivered = {
      id: message._id,
      selector: message.selector,
      body: message.body,
      sender: message.sender,
      creationTimestamp: message.creationTimestamp,
      attempt: message.delivery?.attempts ?? 1,
      signal: controller.signal,
    };
    let end: (current: Message) => Message;
    let companions: readonly Writable[] = [];
    try {
      controller.signal.throwIfAborted();
      companions = await this.#work(delivered, message);
      end = (current) => done(current, this.#context);
    } catch (error) {
      end = this.#stopped
        ? returned
        : endAfter(error, lease.message, this.#maxAttempts, this.#context);
    }
    if (controller.signal.reason instanceof LeaseLostError) {
      this.#context.log.warn({ message: message._id }, 'message was taken over meanwhile');
      return false;
    }
    const written = this.#leases.finish(lease, end, companions);
    // The next claim goes along with this write.
    free();
    const result = await written;
    if (!result.ok) {
      const fields = { message: message._id, reason: result.error };
      this.#context.log.warn(fields, 'message was changed while it was handled');
    }
    return result.ok;
  }
}
