// Which messages have been sent already. An actor that completes what a dead process began must
// not repeat a message that was handled long ago and removed since: the database still knows its id.

import { databaseNames } from '../../core/databases.ts';
import type { DatabaseServer } from '../couch/database.ts';
import { formerKeyedMessageId, keyedMessageId } from './message.ts';

export interface KeyedMessage {
  selector: string;
  key: string;
  creationTimestamp: string;
}

/** One answer per message, in order, in one request; true also for removed ones. */
export async function wereSent(
  databases: DatabaseServer,
  messages: readonly KeyedMessage[],
): Promise<boolean[]> {
  if (messages.length === 0) return [];
  const idsOf = ({ selector, key, creationTimestamp }: KeyedMessage) => [
    keyedMessageId(selector, key, creationTimestamp),
    formerKeyedMessageId(selector, key, creationTimestamp),
  ];
  const ids = messages.map(idsOf);
  const found = await databases.open(databaseNames.messages).getMany(ids.flat());
  const known = new Set(ids.flat().filter((_, index) => !('missing' in (found[index] ?? {}))));
  return ids.map((both) => both.some((id) => known.has(id)));
}
