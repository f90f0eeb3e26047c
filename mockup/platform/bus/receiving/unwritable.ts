// A message whose document the database never takes again, with whatever is changed in it: nested deeper
// than any stack, or so large that a claim makes it too large. It would be open, and tried, for ever.

import type { Writable, WriteResult } from '../../couch/database.ts';
import { answerDocument } from '../answer-document.ts';
import type { BusContext } from '../bus-context.ts';
import type { Message } from '../message.ts';
import { dead } from './claim.ts';

/** Refusals that are of the document itself. */
const OF_THE_DOCUMENT: readonly string[] = ['bad_request', 'too_large'];

export function isUnwritable(result: WriteResult): boolean {
  return !result.ok && OF_THE_DOCUMENT.includes(result.error);
}

/**
 * It is dead, with a body that says why in place of its own (which the revision before has until the
 * database is compacted); whoever asked is told. False where it was changed meanwhile.
 */
export async function bury(
  context: BusContext,
  claim: Message,
  refused: WriteResult,
): Promise<boolean> {
  const { writer, log } = context;
  const why = !refused.ok && 'reason' in refused ? refused.reason : 'the database refuses it';
  const reason = `the message can’t be written: ${why}`.slice(0, 500);
  const body = { error: 'unwritable', reason, revision: claim._rev };
  if (claim.msgbackID !== undefined) {
    const answer = answerDocument(claim, { error: 'unwritable', reason }, context);
    await writer.write({ ...answer, failure: reason } as Writable);
  }
  const result = await writer.write(dead({ ...claim, body }, context, new Error(reason)));
  log.error({ message: claim._id, reason }, 'message is dead');
  return result.ok;
}
