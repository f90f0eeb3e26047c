// Whose a change is, as it stands in histories.

import type { ActorPorts } from './actor.ts';

/** `launcher@JAO`; of a person at the dashboard `ada@dashboard`. */
export function authorOf({
  author,
  name,
  site,
}: Pick<ActorPorts, 'author' | 'name' | 'site'>): string {
  return author ?? `${name}@${site}`;
}
