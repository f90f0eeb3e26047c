// How many detectors of a visit are in each state: the legend of the focal plane at the same time.

import { visitClass } from '../look/visit-look.ts';
import { countStates, type VisitGroup } from '../model/visit-groups.ts';
import { VisitIcon } from './visit-icon.tsx';

export function StateCounts({ group }: { group: VisitGroup }) {
  return (
    <section class="panel state-counts" aria-label="Detectors by state">
      <h2>
        {group.name} <span class="faint">{group.instrument}</span>
      </h2>
      <ul>
        {countStates(group.visits.values()).map(([state, count]) => (
          <li key={state} class={visitClass(state)} data-visit-state={state}>
            <VisitIcon state={state} />
            <span>{state}</span>
            <strong>{count}</strong>
          </li>
        ))}
      </ul>
    </section>
  );
}
