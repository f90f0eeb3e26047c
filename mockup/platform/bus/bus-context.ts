// What all parts of the bus of one process share.

import type { Clock } from '../clock/clock.ts';
import type { Database } from '../couch/database.ts';
import type { Logger } from '../log/logger.ts';
import type { Random } from '../random/random.ts';
import type { Holder } from './message.ts';
import type { MessageWriter } from './message-writer.ts';

export interface BusContext {
  messages: Database;
  writer: MessageWriter;
  clock: Clock;
  random: Random;
  log: Logger;
  self: Holder;
  originIP: string;
  lease_ms: number;
  /** When this process began to use the bus, milliseconds since 1970. */
  startedAt_ms: number;
  /** True only where it is certain that the process is gone. */
  isHolderGone(holder: Holder): boolean;
}

/** `xtss@JAO`: a process as others read of it. */
export function actorAddress(holder: Pick<Holder, 'actor' | 'site'>): string {
  return `${holder.actor}@${holder.site}`;
}

/** The Mango condition on a message's selector: equal, or matched whole by a pattern. */
export function selectorCondition(selector: string, isPattern: boolean): unknown {
  return isPattern ? { $regex: `^(?:${selector})$` } : selector;
}
