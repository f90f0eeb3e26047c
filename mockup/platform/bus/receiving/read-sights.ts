// Messages read again by their ids, with the leaves that they have on a cluster: a few at a time,
// because each may be large.

import type { BusContext } from '../bus-context.ts';
import { readSight } from './reading.ts';
import type { MessageSight } from './receiver-states.ts';

const AT_ONCE = 16;

/** In order, undefined where there is none any more; `keep` is what is kept of each. */
export async function readSights(
  context: BusContext,
  ids: readonly string[],
  keep: (sight: MessageSight) => MessageSight,
): Promise<(MessageSight | undefined)[]> {
  const sights: (MessageSight | undefined)[] = [];
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const some = await readSome(context, ids.slice(at, at + AT_ONCE));
    for (const sight of some) sights.push(sight && keep(sight));
  }
  return sights;
}

async function readSome(
  { messages, writer }: BusContext,
  ids: readonly string[],
): Promise<(MessageSight | undefined)[]> {
  if (await writer.settler.isNeeded()) {
    const all = await messages.leaves(ids);
    return all.map((leaves) => {
      const [winner, ...others] = leaves.filter(({ deleted }) => !deleted);
      return readSight(winner && { ...winner.doc, _conflicts: others.map(({ rev }) => rev) });
    });
  }
  const lookups = await messages.getMany(ids);
  return lookups.map((lookup) => ('doc' in lookup ? readSight(lookup.doc) : undefined));
}
