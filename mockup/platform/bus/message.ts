// The message document of `msgq`: the wire format of the Python mockup, and what this bus adds to
// it in the field `delivery`. A message that a Python actor took has `consumed: true` and no
// `delivery`; it counts as done.

import { createHash } from 'node:crypto';
import { documentId } from '../../core/identifiers.ts';
import type { Stored } from '../couch/database.ts';

export interface MessageDocument {
  _id: string;
  _rev?: string;
  creationTimestamp: string;
  originIP: string;
  selector: string;
  /** False until a receiver takes the message. */
  consumed: boolean;
  body: unknown;
  /** 32 hex digits: the selector of the answer, where one is wanted. */
  msgbackID?: string;
  /** Who sent it, `actor@SITE`. */
  sender?: string;
  /** In an answer: who asked, `actor@SITE`. */
  answerTo?: string;
  /** In a request and its answer: the process that waits for the answer. */
  asker?: Holder;
  /** In a request: when the asker gives up; nobody need begin it afterwards. */
  expires?: string;
  /** In an answer: why there is none in `body` (it was too large to be sent). */
  failure?: string;
  /** Who gave it to the receivers again when it was dead, `ada@dashboard`. */
  revivedBy?: string;
  delivery?: MessageDelivery;
}

export interface MessageDelivery {
  /**
   * `claimed`: a receiver works on it; `open`: given back after a failure; `done`; `dead`: given
   * up after too many attempts, kept for a person. `consumed` is false only for `open`.
   */
  state: 'claimed' | 'open' | 'done' | 'dead';
  /** Who took it last. */
  holder: Holder;
  /** How many times it has been taken. */
  attempts: number;
  /** A lease that is not renewed for so long is over, by the watcher's own clock. */
  lease_ms: number;
  /** Grows with each renewal of the lease. */
  renewals?: number;
  claimedAt: string;
  finishedAt?: string;
  /** Why the last attempt failed. */
  error?: string;
  /** After a failure: how long to wait before the next attempt. */
  retryDelay_ms?: number;
}

/** A running process, so that another one on the same machine can tell that it is gone. */
export interface Holder {
  actor: string;
  site: string;
  /** The machine and its pid namespace since boot; '' where the system does not tell. */
  machine: string;
  pid: number;
  /** Different for each start of a process. */
  instance: string;
}

export type Message = Stored<MessageDocument>;

/** 32 hex digits that depend on the text alone. */
export function hexDigest(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/**
 * By the rule of all document ids: the Python actors write to the id that it gives, so that an id
 * with a `:` would make them write another document and take the message again for ever.
 */
export function messageId(creationTimestamp: string, hex32: string): string {
  return documentId(`${creationTimestamp}-${hex32}`);
}

/** The id of a message that was sent with a key: the same for each repetition. */
export function keyedMessageId(selector: string, key: string, creationTimestamp: string): string {
  return messageId(creationTimestamp, hexDigest(`${selector}\n${key}`));
}

/** The id that earlier versions gave to the message: without the rule. */
export function formerKeyedMessageId(
  selector: string,
  key: string,
  creationTimestamp: string,
): string {
  return `${creationTimestamp}-${hexDigest(`${selector}\n${key}`)}`;
}

/** True for a message that waits for a receiver. */
export function isOpen(message: MessageDocument): boolean {
  return message.consumed === false && message.delivery?.state !== 'dead';
}

/** True for a message that a receiver has taken and not finished. */
export function isClaimed(message: MessageDocument): boolean {
  return message.consumed === true && message.delivery?.state === 'claimed';
}
