// The messages about one OUS, finished ones too.

import { messagesAboutOus } from '../../../mockup/core/queries.ts';
import type { Database, Document } from '../../../mockup/platform/couch/database.ts';
import type { OusMessages } from '../../protocol/json-api.ts';
import { messageFields, summariseMessage } from '../summaries/message-summary.ts';

const FOUND_MAX = 500;

export async function readOusMessages(messages: Database, ousUid: string): Promise<OusMessages> {
  const query = messagesAboutOus(ousUid, messageFields, FOUND_MAX + 1);
  const found = await messages.find<Document>(query);
  const summaries = found.slice(0, FOUND_MAX).flatMap((doc) => summariseMessage(doc) ?? []);
  return {
    messages: summaries.toSorted((one, other) => (one.id < other.id ? -1 : 1)),
    isPartial: found.length > FOUND_MAX,
  };
}
