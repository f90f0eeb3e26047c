// Reading a document of `msgq`, which anybody may write: the Python mockup, a person, another
// version of this product. A document that can't be understood must not stop the feed of those
// who follow the bus.

import type { Holder, Message, MessageDelivery, MessageDocument } from '../message.ts';
import type { MessageSight } from './receiver-states.ts';

const STATES: readonly unknown[] = ['claimed', 'open', 'done', 'dead'];

/**
 * Undefined for what is no message. Of `delivery`, `asker` and the texts around the body, what is
 * not as this bus writes it is left out, so that the message counts as one of the Python mockup.
 */
export function readMessage(doc: unknown): Message | undefined {
  if (!isMap(doc) || typeof doc.selector !== 'string' || typeof doc.consumed !== 'boolean') {
    return undefined;
  }
  const { _conflicts, ...fields } = doc;
  const message: Partial<Record<keyof MessageDocument, unknown>> = fields;
  for (const field of ['msgbackID', 'sender', 'answerTo', 'expires', 'failure'] as const) {
    if (typeof message[field] !== 'string') delete message[field];
  }
  if (typeof message.creationTimestamp !== 'string') message.creationTimestamp = doc._id;
  if (!isHolder(message.asker)) delete message.asker;
  if (!isDelivery(message.delivery)) delete message.delivery;
  return message as Message;
}

/** The same, and whether the document has other living leaves (told on a cluster alone). */
export function readSight(doc: unknown): MessageSight | undefined {
  const message = readMessage(doc);
  if (!message) return undefined;
  const { _conflicts } = doc as { _conflicts?: unknown };
  return { message, isContested: Array.isArray(_conflicts) && _conflicts.length > 0 };
}

function isDelivery(value: unknown): value is MessageDelivery {
  if (!isMap(value)) return false;
  const { state, holder, attempts, lease_ms, renewals = 0, retryDelay_ms = 0, error = '' } = value;
  const times = [attempts, lease_ms, renewals, retryDelay_ms];
  return (
    STATES.includes(state) &&
    isHolder(holder) &&
    times.every((time) => typeof time === 'number' && Number.isFinite(time) && time >= 0) &&
    typeof error === 'string'
  );
}

function isHolder(value: unknown): value is Holder {
  if (!isMap(value)) return false;
  const { machine, pid, instance } = value;
  return typeof machine === 'string' && typeof pid === 'number' && typeof instance === 'string';
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
