// A message on its way: who has it, and until when it must be acknowledged.

import type { PubsubMessage } from '../message.ts';

export interface Delivery {
  ackId: string;
  message: PubsubMessage;
  /** How often it went out before, where a dead-letter policy counts; else 0. */
  attempt: number;
  deadline_ms: number;
  state: 'out' | 'over';
  consumer: Consumer;
}

/** Whoever takes messages: a pull request, a stream, a push endpoint. */
export interface Consumer {
  /** How many more it takes now. */
  capacity(): number;
  deliver(deliveries: Delivery[]): void;
  /** One that it got was acknowledged, given back, or is overdue. */
  over?(delivery: Delivery): void;
  /** It gets nothing more: the subscription was deleted or detached, or is pushed now. */
  end?(reason: Error): void;
  /** Its own deadline in place of the subscription's. */
  ackDeadline_ms?: number | undefined;
}

const ACK_ID = /^[A-Za-z0-9_-]{8}\.[0-9a-z]{1,12}$/;

/** Whether an id may be one of ours, of this run or an earlier one. */
export function isAckId(text: string): boolean {
  return ACK_ID.test(text);
}
