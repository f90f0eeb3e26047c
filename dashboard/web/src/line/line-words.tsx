// The picture of the line in words, for a screen reader.

import { usePage } from '../connection/observatory-context.ts';
import { countOf } from '../format/quantities.ts';
import { now } from '../model/server-clock.ts';
import { showActor, stateWords } from './actor-state.ts';
import type { LinePlan } from './line-plan.ts';
import { lagOf } from './replication-strip.tsx';

export function LineWords({ plan }: { plan: LinePlan }) {
  const { observatory } = usePage();
  return (
    <div class="visually-hidden">
      <h2>Actors</h2>
      <ul>
        {plan.actors.map((actor) => {
          const { state, what } = showActor(observatory, actor, now.value);
          return (
            <li key={actor.id}>
              {actor.name} at {actor.site}: {stateWords[state]}, {what}
            </li>
          );
        })}
      </ul>
      <h2>Messages</h2>
      <ul>
        {observatory.queue.all().map(({ id, open, claimed, dead }) => (
          <li key={id}>
            {id}: {open} waiting, {claimed} taken, {countOf(dead, 'dead message')}
          </li>
        ))}
      </ul>
      <h2>Replications</h2>
      <ul>
        {observatory.replication.all().map((link) => (
          <li key={link.id}>
            {link.database} from {link.from} to {link.to}: {lagOf(link).words}
          </li>
        ))}
      </ul>
    </div>
  );
}
