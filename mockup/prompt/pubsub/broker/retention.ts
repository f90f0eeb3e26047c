// Whether anybody may still get the messages of a segment.

import { toMilliseconds } from './delivery/durations.ts';
import type { PubsubMessage } from './message.ts';
import type { Subscription } from './subscription.ts';
import type { Segment, TopicLog } from './topic-log.ts';

/** 0: the topic keeps nothing for its own sake. */
export function topicRetention_ms(topic: TopicLog): number {
  return toMilliseconds(topic.config.messageRetentionDuration) ?? 0;
}

export function isNeeded(
  { messages }: Segment,
  topic: TopicLog,
  subscriptions: readonly Subscription[],
  now_ms: number,
): boolean {
  const [first, last] = [messages[0], messages.at(-1)] as [PubsubMessage, PubsubMessage];
  const age_ms = now_ms - last.publishTime_ms;
  if (age_ms < topicRetention_ms(topic)) return true;
  return subscriptions.some(({ done, settings }) => {
    if (age_ms > settings.retention_ms) return false;
    return settings.retainAcked || !done.covers(first.number, last.number);
  });
}
