// One worker: the detectors' visits that it has, or had last, among those that are shown.

import type { VisitSummary } from '../../../protocol/summaries.ts';
import { Icon } from '../elements/icon.tsx';
import { visitClass } from '../look/visit-look.ts';
import { choose } from './visit-choice.ts';
import { VisitIcon } from './visit-icon.tsx';

const SHOWN_MAX = 50;

export function WorkerPanel({
  worker,
  visits,
}: {
  worker: string;
  visits: readonly VisitSummary[];
}) {
  const own = visits
    .filter((visit) => visit.worker === worker)
    .sort((one, other) => (other.since_ms ?? 0) - (one.since_ms ?? 0));
  return (
    <section class="panel worker-panel" aria-label={`Worker ${worker}`}>
      <header class="detector-head">
        <h2 class="mono">{worker}</h2>
        <button
          type="button"
          class="button icon-only"
          aria-label="Close the worker"
          onClick={() => choose({ worker: '' })}
        >
          <Icon name="close" />
        </button>
      </header>
      {own.length === 0 && <p class="soft">none of the visits that are shown</p>}
      <ul class="worker-visits">
        {own.slice(0, SHOWN_MAX).map(({ id, group, detector, state }) => (
          <li key={id} class={visitClass(state)}>
            <VisitIcon state={state} />
            <button
              type="button"
              class="visit-link"
              onClick={() => choose({ group, detector: String(detector) })}
            >
              {group} detector {detector}
            </button>
            <span class="worker-visit-state">{state}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
