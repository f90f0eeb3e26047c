// A message as the broker keeps it: one object, shared by all subscriptions of its topic.

import { invalid } from '../pubsub-error.ts';

export interface PubsubMessage {
  /** Where it stands in its topic: 0, 1, 2, … */
  number: number;
  /** `messageId`: no other message of this server ever has the same. */
  id: string;
  data: Buffer;
  attributes: Readonly<Record<string, string>>;
  orderingKey: string;
  publishTime_ms: number;
}

/** What a publisher gives. */
export type NewMessage = Pick<PubsubMessage, 'data' | 'attributes' | 'orderingKey'>;

// Source: the quotas of Cloud Pub/Sub.
const MESSAGE_BYTES_MAX = 10_000_000;
const REQUEST_MESSAGES_MAX = 1000;
const ATTRIBUTES_MAX = 100;
const KEY_BYTES_MAX = 256;
const VALUE_BYTES_MAX = 1024;
const ORDERING_KEY_BYTES_MAX = 1024;

/** Throws INVALID_ARGUMENT where a publish request breaks a limit. */
export function checkNewMessages(messages: readonly NewMessage[]): void {
  if (messages.length === 0) throw invalid('the value of messages is empty');
  if (messages.length > REQUEST_MESSAGES_MAX) {
    throw invalid(`more than ${REQUEST_MESSAGES_MAX} messages in one request`);
  }
  let total = 0;
  for (const message of messages) {
    checkNewMessage(message);
    total += messageBytes(message);
  }
  if (total > MESSAGE_BYTES_MAX) throw invalid(`a request above ${MESSAGE_BYTES_MAX} bytes`);
}

function checkNewMessage(message: NewMessage): void {
  const attributes = Object.entries(message.attributes);
  if (message.data.length === 0 && attributes.length === 0) {
    throw invalid('Some messages in the publish request are empty: data or attributes are needed');
  }
  if (attributes.length > ATTRIBUTES_MAX) throw invalid(`more than ${ATTRIBUTES_MAX} attributes`);
  for (const [key, value] of attributes) {
    if (key === '' || Buffer.byteLength(key) > KEY_BYTES_MAX || key.startsWith('goog')) {
      throw invalid(`an attribute's name must have 1 to ${KEY_BYTES_MAX} bytes, without "goog"`);
    }
    if (Buffer.byteLength(value) > VALUE_BYTES_MAX) {
      throw invalid(
        `the value of attribute ${JSON.stringify(key)} is above ${VALUE_BYTES_MAX} bytes`,
      );
    }
  }
  if (Buffer.byteLength(message.orderingKey) > ORDERING_KEY_BYTES_MAX) {
    throw invalid(`the ordering key is above ${ORDERING_KEY_BYTES_MAX} bytes`);
  }
}

export function messageBytes(message: NewMessage): number {
  let bytes = message.data.length + message.orderingKey.length;
  for (const [key, value] of Object.entries(message.attributes))
    bytes += key.length + value.length;
  return bytes;
}
