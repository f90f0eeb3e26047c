// How many OUSs were in each state over time, as areas upon each other. Delivered ones and those not
// yet released are left out: they would dwarf what is under way.

import type { ReadonlySignal } from '@preact/signals';
import { useComputed } from '@preact/signals';
import { usePage } from '../connection/observatory-context.ts';
import { StateIcon } from '../elements/icon.tsx';
import { formatCount } from '../format/quantities.ts';
import { stateClass } from '../look/state-look.ts';
import { countsOver, type Span } from '../model/history-statistics.ts';
import type { HistoryTracks } from '../model/history-tracks.ts';
import { isOptional } from '../model/optional-states.ts';
import { TimeAxis } from './gantt.tsx';
import type { Playback } from './playback.ts';
import { placeOf } from './time-scale.ts';

const SAMPLES = 160;
const HEIGHT = 100;
const LEFT_OUT = ['Delivered', 'FullyObserved'];

interface StateAreasProps {
  tracks: HistoryTracks;
  span: ReadonlySignal<Span>;
  playback: Playback;
}

export function StateAreas({ tracks, span, playback }: StateAreasProps) {
  const { observatory } = usePage();
  const states = observatory.config.value?.states ?? [];
  const samples = useComputed(() =>
    countsOver(tracks.all(), span.value, SAMPLES, observatory.config.value?.states.length ?? 0),
  ).value;
  const stacked = states.map((state, index) => ({ state, index }));
  const shown = stacked.filter(({ state, index }) => {
    if (LEFT_OUT.includes(state)) return false;
    return !isOptional(state) || samples.some((counts) => (counts[index] ?? 0) > 0);
  });
  const sums = samples.map((counts) =>
    shown.reduce((sum, { index }) => sum + (counts[index] ?? 0), 0),
  );
  const top = Math.max(1, ...sums);
  const moment_ms = playback.moment_ms.value;
  return (
    <section class="panel chart" aria-labelledby="areas-title">
      <h2 id="areas-title">
        Under way <span class="faint">at most {formatCount(Math.max(...sums))}</span>
      </h2>
      <div class="chart-body">
        <svg
          class="areas"
          viewBox={`0 0 1000 ${HEIGHT}`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          {areaPaths(
            samples.map((counts) => shown.map(({ index }) => counts[index] ?? 0)),
            top,
          ).map((d, place) => (
            <path
              key={shown[place]?.state}
              class={`area ${stateClass(shown[place]?.state ?? '')}`}
              d={d}
            />
          ))}
          {moment_ms !== undefined && (
            <path
              class="moment-line"
              d={`M${placeOf(span.value, moment_ms) * 1000} 0V${HEIGHT}`}
            />
          )}
        </svg>
        <TimeAxis span={span.value} />
      </div>
      <ul class="area-legend">
        {shown.map(({ state, index }) => (
          <li key={state} class={stateClass(state)} title={state}>
            <StateIcon state={state} />
            <span class="visually-hidden">{state}</span>{' '}
            {formatCount(samples.at(-1)?.[index] ?? 0)}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** One closed path per layer, each upon those before it. */
function areaPaths(samples: readonly number[][], top: number): string[] {
  const layers = samples[0]?.length ?? 0;
  const x = (index: number): number => (index * 1000) / (samples.length - 1);
  const base = new Array<number>(samples.length).fill(0);
  return Array.from({ length: layers }, (_, layer) => {
    const lower = base.map((value, index) => `${x(index).toFixed(1)} ${yOf(value)}`);
    for (const [index, counts] of samples.entries())
      base[index] = (base[index] ?? 0) + (counts[layer] ?? 0);
    const upper = base.map((value, index) => `${x(index).toFixed(1)} ${yOf(value)}`);
    return `M${upper.join('L')}L${lower.reverse().join('L')}Z`;
  });

  function yOf(value: number): string {
    return (HEIGHT - (value / top) * (HEIGHT - 4)).toFixed(1);
  }
}
