// The messages about one OUS, finished ones too. No index finds them, but ids of messages begin
// with the time at which they were sent, so only those of the OUS's own time are gone through.

import { formatTimestamp } from '../../../mockup/core/timestamps.ts';
import type { Database, Document } from '../../../mockup/platform/couch/database.ts';
import type { OusMessages } from '../../protocol/json-api.ts';
import { messageFields, summariseMessage } from '../summaries/message-summary.ts';

const FOUND_MAX = 500;
/** Clocks of other sites, and messages that were sent before a change was written. */
const MARGIN_MS = 10 * 60_000;

/** `from_ms`, `to_ms`: when anything happened to the OUS, as far as its history goes. */
export async function readOusMessages(
  messages: Database,
  ousUid: string,
  from_ms: number,
  to_ms: number,
): Promise<OusMessages> {
  const found = await messages.find<Document>({
    selector: {
      _id: {
        $gte: formatTimestamp(from_ms - MARGIN_MS),
        $lte: formatTimestamp(to_ms + MARGIN_MS),
      },
      'body.ousUID': ousUid,
    },
    fields: messageFields,
    limit: FOUND_MAX + 1,
  });
  const summaries = found.slice(0, FOUND_MAX).flatMap((doc) => summariseMessage(doc) ?? []);
  return {
    messages: summaries.toSorted((one, other) => (one.id < other.id ? -1 : 1)),
    isPartial: found.length > FOUND_MAX,
  };
}
