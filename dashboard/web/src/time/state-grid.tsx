// All OUSs by all states: a cell says for how long an OUS was there, altogether.

import type { ReadonlySignal } from '@preact/signals';
import { usePage } from '../connection/observatory-context.ts';
import { StateIcon } from '../elements/icon.tsx';
import { StateName } from '../elements/state-name.tsx';
import { Uid } from '../elements/uid.tsx';
import { VirtualList } from '../elements/virtual-list.tsx';
import { formatDuration } from '../format/durations.ts';
import { countOf } from '../format/quantities.ts';
import { stateClass } from '../look/state-look.ts';
import type { Span } from '../model/history-statistics.ts';
import type { HistoryTracks, Track } from '../model/history-tracks.ts';
import { ousHref } from '../navigation/route.ts';

const ROW_REM = 1.9;

interface StateGridProps {
  tracks: HistoryTracks;
  span: ReadonlySignal<Span>;
}

export function StateGrid({ tracks, span }: StateGridProps) {
  const { observatory } = usePage();
  tracks.version.value;
  const states = observatory.config.value?.states ?? [];
  const { from_ms, to_ms } = span.value;
  const shown = tracks.all().filter(({ times_ms }) => (times_ms.at(-1) ?? 0) >= from_ms);
  const rows = shown.toReversed();
  return (
    <section class="panel state-grid" aria-labelledby="grid-title">
      <h2 id="grid-title">
        {countOf(rows.length, 'OUS', 'OUSs')} <span class="faint">time in each state</span>
      </h2>
      <div class="grid-head" aria-hidden="true">
        <span class="grid-label" />
        {states.map((state) => (
          <span key={state} class={`grid-cell ${stateClass(state)}`}>
            <StateIcon state={state} />
            <StateName state={state} />
          </span>
        ))}
      </div>
      <VirtualList
        label="OUSs by state"
        count={rows.length}
        rowHeight_rem={ROW_REM}
        keyOf={(index) => rows[index]?.id ?? ''}
        row={(index) => {
          const track = rows[index];
          return track && <GridRow track={track} states={states} to_ms={to_ms} />;
        }}
      />
    </section>
  );
}

interface GridRowProps {
  track: Track;
  states: readonly string[];
  to_ms: number;
}

function GridRow({ track, states, to_ms }: GridRowProps) {
  const { observatory } = usePage();
  const uid = observatory.ous.get(track.id)?.uid ?? track.id;
  const lengths = lengthsOf(track, states.length, to_ms);
  const current = track.states.at(-1);
  return (
    <div class="grid-row">
      <a class="grid-label" href={ousHref(track.id)}>
        <Uid uid={uid} />
      </a>
      {states.map((state, index) => {
        const length = lengths[index] ?? 0;
        const isHere = index === current;
        const was = length > 0 ? 'was-here' : '';
        return (
          <span
            key={state}
            class={`grid-cell ${stateClass(state)} ${isHere ? 'is-here' : ''} ${was}`}
          >
            {(length > 0 || isHere) && (
              <>
                <span class="visually-hidden">{state} </span>
                {formatDuration(length)}
              </>
            )}
          </span>
        );
      })}
    </div>
  );
}

/** Delivered is an end: nobody counts how long ago. */
function lengthsOf({ times_ms, states }: Track, count: number, to_ms: number): number[] {
  const lengths = new Array<number>(count).fill(0);
  for (const [index, state] of states.entries()) {
    const end_ms = times_ms[index + 1] ?? to_ms;
    if (state >= 0) lengths[state] = (lengths[state] ?? 0) + end_ms - (times_ms[index] ?? end_ms);
  }
  return lengths;
}
