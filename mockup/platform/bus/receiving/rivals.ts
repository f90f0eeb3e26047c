// A message whose document has several living leaves: rival writes on a cluster of which one died
// before it could take its own away. Once they stand still, one rule says which counts, the same
// for everybody who looks, and the others are taken away.

import { tombstoneOf } from '../../../core/messages/routing.ts';
import type { LeafRevision } from '../../couch/database.ts';
import { compareLeaves } from '../../couch/exclusive/leaf-order.ts';
import type { BusContext } from '../bus-context.ts';
import type { MessageDocument } from '../message.ts';
import { readMessage } from './reading.ts';
import type { MessageSight } from './receiver-states.ts';

/** The furthest first: an effect has happened, and a handled message need not be repeated. */
const RANKS = ['done', 'dead', 'claimed', 'open'];

function ranked(leaves: readonly LeafRevision[]): LeafRevision[] {
  const rankOf = ({ doc }: LeafRevision): number => {
    const { delivery, consumed } = doc as unknown as MessageDocument;
    return RANKS.indexOf(delivery?.state ?? (consumed ? 'done' : 'open'));
  };
  return leaves
    .filter(({ deleted }) => !deleted)
    .sort((a, b) => rankOf(a) - rankOf(b) || compareLeaves(a, b));
}

/** The rivals as they stand: the same text as long as nothing moves. */
function standOf(leaves: readonly LeafRevision[]): string {
  return ranked(leaves)
    .map(({ rev }) => rev)
    .join(' ');
}

async function leavesOfMessage(context: BusContext, id: string): Promise<LeafRevision[]> {
  return (await context.writer.leaves(id)) as LeafRevision[];
}

/** Ends what stands still since `stand` was seen; returns the message as it is then. */
export async function endRivals(
  context: BusContext,
  id: string,
  stand: string,
): Promise<{ sight: MessageSight | undefined; stand: string }> {
  const leaves = await leavesOfMessage(context, id);
  const now = standOf(leaves);
  const [winner, ...losers] = ranked(leaves);
  const message = winner && readMessage(winner.doc);
  if (!message) return { sight: undefined, stand: now };
  if (losers.length === 0) return { sight: { message, isContested: false }, stand: now };
  if (now !== stand) return { sight: { message, isContested: true }, stand: now };
  context.log.warn({ message: id, revisions: losers.length }, 'ended rival writes of a message');
  // With the fields that say where it belongs: what is withdrawn here is withdrawn there too.
  const written = losers.map(({ rev, doc }) =>
    context.writer.write({
      ...tombstoneOf({ ...doc, _id: id, _rev: rev }),
      withdrawn: true,
    } as never),
  );
  const results = await Promise.all(written);
  const isOver = results.every(({ ok }) => ok);
  return { sight: { message, isContested: !isOver }, stand: now };
}
