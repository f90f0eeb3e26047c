// Gives a dead message to the receivers again.

import { AppError } from '../../core/errors.ts';
import type { Message } from '../../platform/bus/message.ts';
import { revived } from '../../platform/bus/receiving/claim.ts';
import type { Database } from '../../platform/couch/database.ts';
import { updateDocument } from '../../platform/couch/documents/update-document.ts';

/** Throws AppError `no_such_message`, or `not_dead`. `by` is kept in the message. */
export async function reviveMessage(messages: Database, id: string, by?: string): Promise<void> {
  const written = await updateDocument<Message>(messages, id, (message) => {
    if (!message) throw new AppError('no_such_message', `there is no message ${id}`);
    if (message.delivery?.state !== 'dead') {
      throw new AppError('not_dead', `message ${id} is not dead`, {
        hint: 'draws messages --dead lists those that are',
      });
    }
    return revived(message, by);
  });
  if (!written) throw new AppError('no_such_message', `there is no message ${id}`);
}
