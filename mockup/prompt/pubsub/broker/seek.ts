// Seeking: a subscription goes back or forth to a moment.

import { topicRetention_ms } from './retention.ts';
import type { Subscription } from './subscription.ts';
import type { TopicLog } from './topic-log.ts';

/** Everything before `time_ms` is done; what is kept from then on is not, where it is replayed. */
export function seekTo(
  subscription: Subscription,
  topic: TopicLog | undefined,
  time_ms: number,
): void {
  const { done, settings } = subscription;
  const replays = settings.retainAcked || (topic && topicRetention_ms(topic) > 0);
  for (const { messages, offered } of topic?.segments ?? []) {
    for (const { publishTime_ms, number } of messages) {
      if (publishTime_ms < time_ms) done.add(number);
      else if (replays && offered) done.remove(number);
    }
  }
  // What is not stored yet is offered by its publish, once.
  subscription.restart(topic?.undone(done) ?? []);
}
