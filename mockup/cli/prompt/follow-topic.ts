// Follows a topic for as long as the program runs: also where the topic is made later than the
// program starts, or the server is away for a while.

import { describeError } from '../../core/errors.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { CloudClients, CloudMessage } from '../../prompt/cloud/cloud-clients.ts';

export interface FollowTopic {
  clock: Clock;
  log: Logger;
  cloud: CloudClients;
  topic: string;
  subscription: string;
  /** Whether the message is done with; otherwise it comes again. */
  onMessage(message: CloudMessage): Promise<boolean>;
  signal: AbortSignal;
}

const RETRY_MS = 2_000;
const NOT_FOUND = 5;

/** Resolves when it was stopped. */
export async function followTopic(options: FollowTopic): Promise<void> {
  const { clock, log, cloud, topic, subscription, signal } = options;
  const warn = (error: unknown): void => {
    log.warn({ topic, reason: describeError(error) }, 'could not follow the topic');
  };
  while (!signal.aborted) {
    const failed = new AbortController();
    const onError = (error: Error): void => {
      warn(error);
      failed.abort(error);
    };
    try {
      const followed = await cloud.follow(topic, subscription, options.onMessage, onError);
      await untilAborted(AbortSignal.any([signal, failed.signal]));
      await followed.stop().catch(() => {});
    } catch (error) {
      if ((error as { code?: unknown }).code !== NOT_FOUND) warn(error);
    }
    await clock.sleep(RETRY_MS, signal).catch(() => {});
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
