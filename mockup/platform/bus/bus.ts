// The message bus as actors see it. A message is handled at least once and its effect happens
// once: handlers are idempotent, because a message whose handler's process died comes again.

import { AppError } from '../../core/errors.ts';
import type { Claim } from '../claims/claim.ts';

export interface SendOptions {
  /**
   * What the message is about. A message with the same key and time is sent only once, however
   * often `send` is repeated. Give both wherever a restart may send again.
   */
  key?: string;
  /** Creation time; with `key` it must be the same in each repetition. Default: now. */
  creationTimestamp?: string;
  /**
   * The claim on whose behalf it is sent. Nothing is sent, and LeaseLostError is thrown, where the
   * claim is over: a process that was frozen past its lease notices it here.
   */
  claim?: Claim;
}

/** What a handler works under. */
export interface Tenure {
  claim: Claim;
  /** Aborted when the actor stops or the lease was lost; then nothing more may be done. */
  signal: AbortSignal;
  /** What is left to be done takes none of the receiver's places: it may take another message. */
  freePlace(): void;
}

export interface Delivered {
  id: string;
  selector: string;
  body: unknown;
  sender: string | undefined;
  creationTimestamp: string;
  /** 1 for the first delivery. */
  attempt: number;
  /** Aborted when the actor stops or the lease was lost; then nothing more may be done. */
  signal: AbortSignal;
}

/**
 * Returns when the message's effect is complete. An error gives the message back for another
 * attempt after a delay, at most `maxAttempts` times; then it is dead.
 */
export type MessageHandler = (message: Delivered, tenure: Tenure) => Promise<void>;

/** Returns the answer, any JSON value. */
export type RequestHandler = (message: Delivered, tenure: Tenure) => Promise<unknown>;

export interface ReceiveOptions {
  /** How many messages at a time. Default 1. */
  concurrency?: number;
  /** Match selectors by this regular expression (whole selector) instead of equality. */
  pattern?: true;
  /** Attempts before a message is dead. Default 5. */
  maxAttempts?: number;
  /**
   * Messages of one queue take at most `limit` of the places, so that a queue that stands still
   * leaves room for the others.
   */
  queues?: { of(message: QueuedMessage): string; limit: number };
}

export type QueuedMessage = Pick<Delivered, 'id' | 'selector' | 'body' | 'sender'>;

export interface Receiver {
  /** Takes no new message, waits for those in flight (their signal is aborted), gives them back. */
  stop(): Promise<void>;
  /** Resolves once the receiver follows the bus. */
  ready: Promise<void>;
}

export interface CallOptions {
  timeLimit_ms?: number;
  signal?: AbortSignal;
  /** The actor of this site in whose place this one asks. Default: this one. */
  as?: string;
}

export interface Bus {
  /** Sends to one selector, or to all members of a group (a selector that ends with `.*`). */
  send(selector: string, body: unknown, options?: SendOptions): Promise<void>;
  receive(selector: string, handler: MessageHandler, options?: ReceiveOptions): Receiver;
  /** Sends a request and waits for its answer; throws NoAnswerError after the time limit. */
  call(selector: string, body: unknown, options?: CallOptions): Promise<unknown>;
  /** Answers requests; a handler's error is treated as in `receive`. */
  serve(selector: string, handler: RequestHandler, options?: ReceiveOptions): Receiver;
  /**
   * Clears away, from now on, answers to processes of another actor of this site that are gone:
   * for programs that run once, of which no later one may come to do it.
   */
  clearAnswersTo(actor: string): Promise<void>;
  /** Adds a selector to a group. */
  join(group: string, member: string): Promise<void>;
  /** Stops all receivers and feeds; calls in flight fail. */
  close(): Promise<void>;
}

export class NoAnswerError extends AppError {
  constructor(selector: string, timeLimit_ms: number) {
    super('no_answer', `no answer on ${selector} within ${timeLimit_ms / 1000} s`, {
      retriable: true,
      hint: 'is the actor that serves it running?',
    });
  }
}
