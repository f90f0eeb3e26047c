// The board at the chosen moment, small: per state how many OUSs were in it, a square for each.

import { useEffect, useRef } from 'preact/hooks';
import { usePage } from '../connection/observatory-context.ts';
import { StateIcon } from '../elements/icon.tsx';
import { StateName } from '../elements/state-name.tsx';
import { formatCount } from '../format/quantities.ts';
import { stateClass } from '../look/state-look.ts';
import { countsAt } from '../model/history-statistics.ts';
import type { HistoryTracks } from '../model/history-tracks.ts';
import { isOptional } from '../model/optional-states.ts';
import { now } from '../model/server-clock.ts';
import type { Playback } from './playback.ts';
import { drawSquares } from './square-drawing.ts';

interface ReplayBoardProps {
  tracks: HistoryTracks;
  playback: Playback;
}

export function ReplayBoard({ tracks, playback }: ReplayBoardProps) {
  const { observatory } = usePage();
  const states = observatory.config.value?.states ?? [];
  const counts = countsAt(tracks.all(), playback.moment_ms.value ?? now.value, states.length);
  const most = Math.max(...counts);
  const shown = states
    .map((state, index) => ({ state, index }))
    .filter(({ state, index }) => !isOptional(state) || (counts[index] ?? 0) > 0);
  return (
    <ul class="replay-board" aria-label="OUSs by state at that moment">
      {shown.map(({ state, index }) => (
        <li key={state} class={`replay-state ${stateClass(state)}`}>
          <p class="replay-name">
            <StateIcon state={state} />
            <StateName state={state} />
          </p>
          <strong class={counts[index] ? '' : 'faint'}>{formatCount(counts[index] ?? 0)}</strong>
          <Squares count={counts[index] ?? 0} most={most} />
        </li>
      ))}
    </ul>
  );
}

/** A drawing, because thousands of elements would be too many. */
function Squares({ count, most }: { count: number; most: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current) drawSquares(canvas.current, count, most);
  });
  return <canvas ref={canvas} class="squares" />;
}
