// Is any message left unread, in somebody's hands or given up? Looks at the documents themselves.

import type { DatabaseServer, Document } from '../../platform/couch/database.ts';
import { documentsOf } from './ous-checker.ts';

/** What is wrong with the messages of a site; nothing: an empty list. */
export async function checkMessages(server: DatabaseServer): Promise<string[]> {
  const messages = await documentsOf(server.open('msgq'));
  return messages.filter(({ _id }) => !_id.endsWith('.*')).flatMap(checkMessage);
}

function checkMessage(message: Document): string[] {
  const delivery = message.delivery as { state?: string; error?: string } | undefined;
  const state = message.consumed === true ? (delivery?.state ?? 'done') : 'unread';
  if (state === 'done') return [];
  const reason = delivery?.error === undefined ? '' : `: ${delivery.error}`;
  return [`message ${message._id} to ${message.selector} is ${state}${reason}`];
}
