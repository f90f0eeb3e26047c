// What goes to a dead-letter topic: the message, and where it came from.
// Source: the attributes that Cloud Pub/Sub adds.

import { lastPart } from '../resource-names.ts';
import type { NewMessage, PubsubMessage } from './message.ts';

export function deadLetter(
  subscription: string,
  message: PubsubMessage,
  attempts: number,
): NewMessage {
  const { data, orderingKey, attributes, publishTime_ms } = message;
  return {
    data,
    orderingKey,
    attributes: {
      ...attributes,
      CloudPubSubDeadLetterSourceDeliveryCount: String(attempts),
      CloudPubSubDeadLetterSourceSubscription: lastPart(subscription),
      CloudPubSubDeadLetterSourceSubscriptionProject: subscription.split('/')[1] ?? '',
      CloudPubSubDeadLetterSourceTopicPublishTime: new Date(publishTime_ms).toISOString(),
    },
  };
}
