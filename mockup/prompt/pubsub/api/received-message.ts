// A delivery as a subscriber sees it.

import type { Delivery } from '../broker/delivery/delivery.ts';
import { toProtoTime } from '../broker/delivery/durations.ts';
import type { PubsubMessage } from '../broker/message.ts';
import type { Subscription } from '../broker/subscription.ts';
import type { ProtoObject } from '../protocol.ts';

export function receivedMessage(delivery: Delivery, subscription: Subscription): ProtoObject {
  return {
    ackId: delivery.ackId,
    message: pubsubMessage(delivery.message),
    // Counted only where there is a dead-letter policy, as in the original.
    deliveryAttempt: subscription.settings.deadLetter ? delivery.attempt + 1 : 0,
  };
}

export function pubsubMessage(message: PubsubMessage): ProtoObject {
  return {
    data: message.data,
    attributes: message.attributes,
    messageId: message.id,
    publishTime: toProtoTime(message.publishTime_ms),
    orderingKey: message.orderingKey,
  };
}
