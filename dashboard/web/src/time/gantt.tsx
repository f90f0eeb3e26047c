// One line per OUS over time, coloured by state. Lines in sight are drawn, the others wait.

import type { ReadonlySignal } from '@preact/signals';
import { useComputed } from '@preact/signals';
import { Fragment } from 'preact';
import { usePage } from '../connection/observatory-context.ts';
import { Uid } from '../elements/uid.tsx';
import { VirtualList } from '../elements/virtual-list.tsx';
import { formatMoment } from '../format/moments.ts';
import { countOf } from '../format/quantities.ts';
import { stateClass } from '../look/state-look.ts';
import type { Span } from '../model/history-statistics.ts';
import type { HistoryTracks, Track } from '../model/history-tracks.ts';
import { ousHref } from '../navigation/route.ts';
import type { Playback } from './playback.ts';
import { placeOf, ticksOf } from './time-scale.ts';

const ROW_REM = 1.55;
const TICKS_MAX = matchMedia('(max-width: 640px)').matches ? 3 : 7;

interface GanttProps {
  tracks: HistoryTracks;
  span: ReadonlySignal<Span>;
  playback: Playback;
}

export function Gantt({ tracks, span, playback }: GanttProps) {
  const shown = useComputed(() => tracksWithin(tracks, span.value)).value;
  tracks.version.value;
  return (
    <section class="panel gantt" aria-labelledby="gantt-title">
      <header class="gantt-head">
        <h2 id="gantt-title">
          {countOf(shown.length, 'OUS', 'OUSs')} <span class="faint">latest launch first</span>
        </h2>
        <TimeAxis span={span.value} />
      </header>
      <div class="gantt-body">
        <Playhead span={span} playback={playback} />
        <VirtualList
          label="OUSs over time"
          count={shown.length}
          rowHeight_rem={ROW_REM}
          keyOf={(index) => shown[index]?.id ?? ''}
          row={(index) => {
            const track = shown[index];
            return track && <GanttRow track={track} span={span.value} />;
          }}
        />
      </div>
    </section>
  );
}

/** Without those that were at their end before the span. */
function tracksWithin(tracks: HistoryTracks, span: Span): Track[] {
  const within = tracks.all().filter(({ times_ms }) => (times_ms.at(-1) ?? 0) >= span.from_ms);
  return within.reverse();
}

/** A mark at each time; labels near an end are moved in, so that none is cut. */
export function TimeAxis({ span }: { span: Span }) {
  return (
    <div class="time-axis" aria-hidden="true">
      {ticksOf(span, TICKS_MAX).map(({ time_ms, place, label }) => (
        <Fragment key={time_ms}>
          <span class="tick-mark" style={{ left: `${place * 100}%` }} />
          <span class="tick" style={{ left: withinEnds(place, label) }}>
            {label}
          </span>
        </Fragment>
      ))}
    </div>
  );
}

/** Where the middle of a label stands; a letter is at most 1ch wide. */
function withinEnds(place: number, label: string): string {
  const half = `${label.length / 2}ch`;
  return `clamp(${half}, ${place * 100}%, 100% - ${half})`;
}

function Playhead({ span, playback }: Pick<GanttProps, 'span' | 'playback'>) {
  const moment_ms = playback.moment_ms.value;
  if (moment_ms === undefined) return null;
  const place = Math.max(0, Math.min(1, placeOf(span.value, moment_ms)));
  return (
    <div class="playhead-area" aria-hidden="true">
      <div class="playhead" style={{ left: `${place * 100}%` }} />
    </div>
  );
}

function GanttRow({ track, span }: { track: Track; span: Span }) {
  const { observatory } = usePage();
  const states = observatory.config.value?.states ?? [];
  const uid = observatory.ous.get(track.id)?.uid ?? track.id;
  const pieces = track.times_ms.map((start_ms, index) => {
    const state = states[track.states[index] ?? -1] ?? '';
    const end_ms = track.times_ms[index + 1] ?? span.to_ms;
    return { state, start_ms, end_ms, isEnd: state === 'Delivered' };
  });
  return (
    <div class="gantt-row">
      <a class="gantt-label" href={ousHref(track.id)}>
        <Uid uid={uid} />
      </a>
      <svg class="gantt-line" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
        {pieces.map(({ state, start_ms, end_ms, isEnd }) => {
          const x = Math.max(0, placeOf(span, start_ms)) * 1000;
          const end = Math.min(1, placeOf(span, end_ms)) * 1000;
          if (end < 0 || (end <= 0 && x <= 0)) return null;
          return (
            <rect
              key={start_ms}
              class={`gantt-piece ${stateClass(state)} ${isEnd ? 'is-end' : ''}`}
              x={x}
              y={isEnd ? 4 : 1}
              width={Math.max(1.5, end - x)}
              height={isEnd ? 2 : 8}
            >
              <title>{`${state} from ${formatMoment(start_ms)}`}</title>
            </rect>
          );
        })}
      </svg>
    </div>
  );
}
