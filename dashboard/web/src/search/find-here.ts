// What of the page's own knowledge matches some words: all of them, somewhere in its texts.

import type { Observatory } from '../model/observatory.ts';
import { hrefOf, ousHref } from '../navigation/route.ts';

interface Hit {
  id: string;
  href: string;
  text: string;
  more: string;
}

export interface HitGroup {
  name: string;
  found: number;
  hits: Hit[];
}

const SHOWN_MAX = 8;

export function findHere(observatory: Observatory, text: string): HitGroup[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const groups: HitGroup[] = [];
  const look = <T>(name: string, all: Iterable<T>, hitOf: (one: T) => Hit): void => {
    const group: HitGroup = { name, found: 0, hits: [] };
    for (const one of all) {
      const hit = hitOf(one);
      const whole = `${hit.text} ${hit.more} ${hit.id}`.toLowerCase();
      if (!words.every((word) => whole.includes(word))) continue;
      group.found += 1;
      if (group.hits.length < SHOWN_MAX) group.hits.push(hit);
    }
    if (group.found > 0) groups.push(group);
  };
  look('OUSs', observatory.ous.values(), (ous) => {
    const { id, uid, progId, state, substate, recipe, executive, reason } = ous;
    const more = [progId, state, substate, recipe, executive, reason].filter(Boolean).join(' · ');
    return { id, href: ousHref(id), text: uid, more };
  });
  look('Actors', observatory.actor.values(), ({ id, state, workingOn, host }) => ({
    id,
    href: hrefOf(['line'], { actor: id.split('.').slice(0, 2).join('.') }),
    text: id,
    more: [state, host, ...workingOn].join(' · '),
  }));
  look('Queues', observatory.queue.values(), ({ id, open, dead }) => ({
    id,
    href: hrefOf(['line'], { queue: id }),
    text: id,
    more: `${open} waiting, ${dead} dead`,
  }));
  look('Messages', observatory.message.values(), (message) => {
    const { id, queue, what, sender, receiver, error, about, state } = message;
    const more = [state, about, sender, receiver, error].filter(Boolean).join(' · ');
    return { id, href: hrefOf(['line'], { queue }), text: `${queue} ${what}`, more };
  });
  look('Replications', observatory.replication.values(), (one) => ({
    id: one.id,
    href: hrefOf(['line'], { replication: one.id }),
    text: `${one.database} from ${one.from} to ${one.to}`,
    more: [one.state, one.error].filter(Boolean).join(' · '),
  }));
  look('Files', observatory.file.values(), ({ id, path, state, error }) => ({
    id,
    href: hrefOf(['files']),
    text: path,
    more: [state, error].filter(Boolean).join(' · '),
  }));
  return groups;
}
