// The workers of a camera: how many work, wait for work, and are still starting. What a process that
// died said last is no figure any more.

import { usePage } from '../connection/observatory-context.ts';
import { now } from '../model/server-clock.ts';

/** It says so every 15 seconds. */
const STALE_MS = 60_000;

export function WorkerFigures({ instrument }: { instrument: string }) {
  const { observatory } = usePage();
  const said = [...observatory.workers.all()].filter((one) => one.instrument === instrument);
  if (said.length === 0) return null;
  const alive = said.filter(({ time_ms }) => now.value - (time_ms ?? 0) < STALE_MS);
  const sum = (of: 'busy' | 'idle' | 'cold' | 'queued' | 'maximum'): string =>
    alive.length === 0 ? '–' : String(alive.reduce((total, one) => total + one[of], 0));
  return (
    <dl class="latency-figures worker-figures" aria-label="Workers">
      <WorkerFigure name="Workers busy" value={sum('busy')} of={sum('maximum')} />
      <WorkerFigure name="Waiting" value={sum('idle')} />
      <WorkerFigure name="Cold" value={sum('cold')} />
      <WorkerFigure name="Queued" value={sum('queued')} />
    </dl>
  );
}

function WorkerFigure({ name, value, of }: { name: string; value: string; of?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value}
        {of !== undefined && <span class="faint"> of {of}</span>}
      </dd>
    </div>
  );
}
