// What the broker needs of the world.

import type { Clock } from '../../../platform/clock/clock.ts';
import type { Logger } from '../../../platform/log/logger.ts';
import type { Journal } from './records/journal.ts';
import type { MessageIds } from './records/message-ids.ts';

export interface BrokerPorts {
  clock: Clock;
  log: Logger;
  journal: Journal;
  ids: MessageIds;
  /** Begins acknowledgement ids; another one for each run. */
  epoch: string;
  /** What is kept for subscriptions and retention may take; then nothing more is published. */
  keptBytes_max: number;
}
