// Takes messages away by hand: one that nobody will ever read stays for ever otherwise.

import { AppError } from '../../core/errors.ts';
import { tombstoneOf } from '../../core/messages/routing.ts';
import { isClaimed, type Message } from '../../platform/bus/message.ts';
import type { Database } from '../../platform/couch/database.ts';
import { updateDocument } from '../../platform/couch/documents/update-document.ts';

/** Throws AppError for the first that is not there, is no message, or is in an actor's hand. */
export async function requireRemovable(
  messages: Database,
  ids: readonly string[],
): Promise<Message[]> {
  const found = await messages.getMany<Message>(ids);
  return found.map((one, index) => {
    const id = ids[index] ?? '';
    if (!('doc' in one)) throw noMessage(id);
    checkRemovable(one.doc);
    return one.doc;
  });
}

/** False where it was gone already. Throws as `requireRemovable` where it was taken meanwhile. */
export async function removeMessage(
  messages: Database,
  id: string,
  by?: string,
): Promise<boolean> {
  const written = await updateDocument<Message | Tombstone>(messages, id, (current) => {
    if (!current) return undefined;
    checkRemovable(current as Message);
    return { ...tombstoneOf(current as Message), ...(by !== undefined && { removedBy: by }) };
  });
  return written !== undefined;
}

interface Tombstone {
  _id: string;
  _rev?: string;
  _deleted: true;
  /** `ada@dashboard`. */
  removedBy?: string;
}

/** Its receiver writes the end of its work into a message, and would find none. */
function checkRemovable(message: Message): void {
  // Groups and what else is in the database.
  if (typeof message.selector !== 'string') throw noMessage(message._id);
  if (!isClaimed(message)) return;
  const { actor, site, pid } = message.delivery?.holder ?? {};
  throw new AppError('message_in_hand', `message ${message._id} is in the hand of an actor`, {
    hint: `${actor} of ${site} (process ${pid}) works on it; stop that first`,
  });
}

function noMessage(id: string): AppError {
  return new AppError('no_such_message', `there is no message ${id}`);
}
