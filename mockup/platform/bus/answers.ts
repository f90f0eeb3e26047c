// The asking side of RPC. One feed per process brings the answers to all its calls: the ids of
// its calls share a prefix. It also clears away answers to an earlier process of the same actor
// that died while it waited, so that no message stays unread.

import { AppError, describeError } from '../../core/errors.ts';
import { unreadAnswersTo } from '../../core/queries.ts';
import { formatTimestamp } from '../../core/timestamps.ts';
import type { Change, Feed, Writable, WriteResult } from '../couch/database.ts';
import { readThenFollow } from '../couch/documents/read-then-follow.ts';
import { type CallOptions, NoAnswerError } from './bus.ts';
import { actorAddress, type BusContext } from './bus-context.ts';
import type { Holder, Message, MessageDocument } from './message.ts';
import { messageId } from './message.ts';
import { claimed, done } from './receiving/claim.ts';
import { readMessage } from './receiving/reading.ts';

const PREFIX_DIGITS = 16;
const STRAY_MS = 60_000;
const DEFAULT_TIME_LIMIT_MS = 30_000;

interface Call {
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

export class Answers {
  readonly #context: BusContext;
  readonly #prefix: string;
  readonly #calls = new Map<string, Call>();
  readonly #timers = new Set<() => void>();
  /** What ends looking at an answer once more, by its id. */
  readonly #pending = new Map<string, () => void>();
  readonly #feeds: Feed[] = [];
  /** Requests that are not written yet, and whose calls have ended. Never reject. */
  readonly #late = new Set<Promise<unknown>>();
  #started: Promise<void> | undefined;
  #closed = false;

  constructor(context: BusContext) {
    this.#context = context;
    this.#prefix = context.random.hex(PREFIX_DIGITS);
  }

  async call(selector: string, body: unknown, options: CallOptions = {}): Promise<unknown> {
    const { clock, random } = this.#context;
    options.signal?.throwIfAborted();
    const limit_ms = options.timeLimit_ms ?? DEFAULT_TIME_LIMIT_MS;
    // The receiver ends it unhandled after that. The asker does not: it may be at another site,
    // and two sites that write the same document make a conflict.
    const expires = formatTimestamp(clock.now() + limit_ms);
    const msgbackID = this.#prefix + random.hex(32 - PREFIX_DIGITS);
    // From now on: an outage keeps nobody beyond his limit.
    const answer = this.#expect(msgbackID, selector, { ...options, limit_ms });
    this.#ask(answer, { selector, body, msgbackID, expires, as: options.as }).catch((error) => {
      this.#calls.get(msgbackID)?.reject(error);
    });
    return answer;
  }

  async #ask(
    answer: Promise<unknown>,
    asked: Pick<MessageDocument, 'selector' | 'body' | 'msgbackID' | 'expires'> & {
      msgbackID: string;
      as: string | undefined;
    },
  ): Promise<void> {
    const { clock, random, self, originIP } = this.#context;
    const { as = self.actor, ...fields } = asked;
    await this.listen();
    // While the database is away, whoever asks again and again has one request that waits for it.
    while (this.#late.size > 0) await Promise.race(this.#late);
    if (!this.#calls.has(fields.msgbackID)) return;
    const creationTimestamp = formatTimestamp(clock.now());
    const request: MessageDocument = {
      _id: messageId(creationTimestamp, random.hex(32)),
      creationTimestamp,
      originIP,
      consumed: false,
      ...fields,
      sender: actorAddress({ ...self, actor: as }),
      asker: self,
    };
    const result = await this.#write(answer, request);
    if (result.ok) return;
    const reason = 'reason' in result ? result.reason : result.error;
    throw new AppError(
      'send_failed',
      `the database refused a request to ${fields.selector}: ${reason}`,
    );
  }

  async #write(answer: Promise<unknown>, request: MessageDocument): Promise<WriteResult> {
    const written = this.#context.writer.write(request as MessageDocument & Writable);
    const settled = written.then(
      () => {},
      () => {},
    );
    let isWritten = false;
    const onEnd = (): void => {
      if (!isWritten) this.#late.add(settled);
    };
    answer.then(onEnd, onEnd);
    try {
      return await written;
    } finally {
      isWritten = true;
      this.#late.delete(settled);
    }
  }

  /** Follows the answers, and clears away those to an earlier process of this actor. */
  async listen(): Promise<void> {
    this.#started ??= this.#start();
    await this.#started.catch((error) => {
      this.#started = undefined;
      throw error;
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    await this.#started?.catch(() => {});
    await Promise.all(this.#feeds.map((feed) => feed.stop()));
    for (const call of this.#calls.values()) call.reject(new Error('the bus was closed'));
    this.#calls.clear();
  }

  #expect(
    msgbackID: string,
    selector: string,
    options: { limit_ms: number; signal?: AbortSignal },
  ): Promise<unknown> {
    const { limit_ms } = options;
    return new Promise((resolve, reject) => {
      const end = () => {
        cancel();
        this.#timers.delete(cancel);
        this.#calls.delete(msgbackID);
        options.signal?.removeEventListener('abort', onAbort);
      };
      const fail = (error: unknown) => {
        end();
        reject(error);
      };
      const onAbort = () => {
        fail(options.signal?.reason);
      };
      const cancel = this.#context.clock.timer(limit_ms, () => {
        fail(new NoAnswerError(selector, limit_ms));
      });
      this.#timers.add(cancel);
      options.signal?.addEventListener('abort', onAbort, { once: true });
      const settle = (answer: unknown) => {
        end();
        resolve(answer);
      };
      this.#calls.set(msgbackID, { resolve: settle, reject: fail });
    });
  }

  async #start(): Promise<void> {
    const mine = { selector: { $regex: `^${this.#prefix}` } };
    const answerTo = actorAddress(this.#context.self);
    await this.#follow(answerTo, { $or: [mine, { answerTo }] });
  }

  /** Clears away answers to processes of an actor that are gone, from now on. */
  async clearFor(actor: Pick<Holder, 'actor' | 'site'>): Promise<void> {
    const answerTo = actorAddress(actor);
    await this.#follow(answerTo, { answerTo });
  }

  async #follow(answerTo: string, selector: Record<string, unknown>): Promise<void> {
    const feed = await readThenFollow<Message>(this.#context.messages, {
      queries: [unreadAnswersTo(answerTo)],
      filter: selector,
      isBusy: () => this.#calls.size > 0,
      isKnown: ({ _id }) => this.#pending.has(_id),
      onRead: async (docs) => {
        for (const doc of docs) await this.#onAnswer(doc);
      },
      onChanges: (changes) => this.#onChanges(changes),
    });
    if (this.#closed) await feed.stop();
    else this.#feeds.push(feed);
  }

  async #onChanges(changes: Change[]): Promise<void> {
    for (const change of changes) {
      if (!change.deleted) await this.#onAnswer(change.doc);
    }
  }

  /** Resolves at once, but for an answer that nobody waits for: then when it is marked as read. */
  async #onAnswer(doc: unknown): Promise<void> {
    const answer = readMessage(doc);
    if (this.#closed || !answer) return;
    this.#pending.get(answer._id)?.();
    const call = this.#calls.get(answer.selector);
    // Whoever waits takes it, though another process took it for abandoned meanwhile.
    if (call && answer.failure === undefined) call.resolve(answer.body);
    else call?.reject(new AppError('answer_not_sent', String(answer.failure)));
    if (answer.consumed) return;
    if (call) void this.#markRead(answer);
    else if (this.#isAbandoned(answer)) await this.#markRead(answer);
    else this.#lookAgain(answer._id);
  }

  /** True where the process that asked is gone, or was this one and no longer waits. */
  #isAbandoned(answer: Message): boolean {
    if (answer.selector.startsWith(this.#prefix)) return true;
    return answer.asker !== undefined && this.#context.isHolderGone(answer.asker);
  }

  /** Another process of this actor may wait for it; if it is still unread later, nobody does. */
  #lookAgain(id: string): void {
    const cancel = this.#context.clock.timer(STRAY_MS, () => {
      end();
      void this.#markUnread(id);
    });
    const end = (): void => {
      cancel();
      this.#timers.delete(cancel);
      this.#pending.delete(id);
    };
    this.#timers.add(cancel);
    this.#pending.set(id, end);
  }

  async #markUnread(id: string): Promise<void> {
    try {
      const answer = readMessage(await this.#context.messages.get(id));
      if (answer && !answer.consumed) await this.#markRead(answer);
    } catch (error) {
      const fields = { message: id, reason: describeError(error) };
      this.#context.log.warn(fields, 'could not look at an answer again');
    }
  }

  async #markRead(answer: Message): Promise<void> {
    const read = done(claimed(answer, this.#context), this.#context);
    try {
      await this.#context.writer.writeSoon(read);
    } catch (error) {
      const fields = { message: answer._id, reason: describeError(error) };
      this.#context.log.warn(fields, 'could not mark an answer as read');
    }
  }
}
