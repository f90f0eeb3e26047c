// The observatory over time: a slider that replays the last hours, how many OUSs were in each state,
// a line per OUS, throughput, and how long things take.

import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { fetchHistories } from '../connection/api.ts';
import { usePage } from '../connection/observatory-context.ts';
import { useFetched } from '../connection/use-fetched.ts';
import { ErrorNote } from '../elements/error-note.tsx';
import type { Span } from '../model/history-statistics.ts';
import { followHistories, type HistoryTracks } from '../model/history-tracks.ts';
import { now } from '../model/server-clock.ts';
import { replaceQuery, route } from '../navigation/route.ts';
import { Gantt } from './gantt.tsx';
import { createPlayback } from './playback.ts';
import { ReplayBar } from './replay-bar.tsx';
import { ReplayBoard } from './replay-board.tsx';
import { StateAreas } from './state-areas.tsx';
import { StateGrid } from './state-grid.tsx';
import { StayBars } from './stay-bars.tsx';
import { ThroughputBars } from './throughput-bars.tsx';
import { ZoomBar, zoomed } from './zoom-bar.tsx';

const HOUR_MS = 3_600_000;
const RANGE_MS_MIN = 10_000;

export function TimeView() {
  const { observatory, connection } = usePage();
  const isLive = connection.status.value.state === 'live';
  const histories = useFetched('histories', String(isLive), fetchHistories).value;
  const tracks = useMemo(
    () => histories.value && followHistories(observatory, histories.value),
    [histories.value],
  );
  useEffect(() => () => tracks?.stop(), [tracks]);
  return (
    <div class="time">
      <h1 class="visually-hidden">OUSs over time</h1>
      {histories.error && <ErrorNote error={histories.error} what="the histories" />}
      {tracks ? <Charts tracks={tracks} /> : <p class="empty-note">Loading the histories…</p>}
    </div>
  );
}

function Charts({ tracks }: { tracks: HistoryTracks }) {
  const playback = useMemo(createPlayback, []);
  useEffect(() => playback.pause, []);
  const range_ms = useSignal(6 * HOUR_MS);
  // Once a second is often enough for charts of hours, whatever changes in between.
  const whole = useComputed<Span>(() => spanOf(tracks, range_ms.value, now.value));
  const zoom = useSignal<Span | undefined>(undefined);
  const span = useComputed<Span>(() => zoom.value ?? whole.value);
  const showsGrid = route.value.query.get('show') === 'grid';
  const onWheel = (event: WheelEvent): void => {
    if (!event.ctrlKey && !event.shiftKey) return;
    event.preventDefault();
    const turn = event.deltaY || event.deltaX;
    zoom.value = zoomed(span.peek(), turn < 0 ? 0.8 : 1.25, placeOfPointer(event), whole.peek());
  };
  const history_ms = useComputed(() => historyLength(tracks, now.value));
  return (
    <>
      <ReplayBar playback={playback} span={span} range_ms={range_ms} history_ms={history_ms} />
      <ReplayBoard tracks={tracks} playback={playback} />
      <div class="time-tools">
        <fieldset class="segments">
          <legend class="visually-hidden">What is shown of each OUS</legend>
          <button
            type="button"
            class="button"
            aria-pressed={!showsGrid}
            onClick={() => replaceQuery({})}
          >
            Lines
          </button>
          <button
            type="button"
            class="button"
            aria-pressed={showsGrid}
            onClick={() => replaceQuery({ show: 'grid' })}
          >
            Grid
          </button>
        </fieldset>
        <ZoomBar zoom={zoom} shown={span} whole={whole} />
      </div>
      <div class="charts" onWheel={onWheel}>
        {showsGrid ? (
          <StateGrid tracks={tracks} span={span} />
        ) : (
          <Gantt tracks={tracks} span={span} playback={playback} />
        )}
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by the keyboard too. */}
        <section class="chart-side" tabIndex={0} aria-label="Charts">
          <StateAreas tracks={tracks} span={span} playback={playback} />
          <ThroughputBars tracks={tracks} span={span} />
          <StayBars tracks={tracks} span={span} />
        </section>
      </div>
    </>
  );
}

/** From 0 to 1, over the lines; the middle where it is elsewhere. */
function placeOfPointer({ target, clientX }: WheelEvent): number {
  const line = target instanceof Element ? target.closest('.gantt-body, .time-axis') : null;
  const box = line?.querySelector('.gantt-line')?.getBoundingClientRect();
  return box ? Math.min(1, Math.max(0, (clientX - box.left) / box.width)) : 0.5;
}

/** Since the first OUS began. */
function historyLength(tracks: HistoryTracks, now_ms: number): number {
  tracks.version.value;
  return Math.max(0, now_ms - (tracks.all()[0]?.times_ms[0] ?? now_ms));
}

/** Not longer ago than the first OUS began. */
function spanOf(tracks: HistoryTracks, range_ms: number, now_ms: number): Span {
  const longest_ms = Math.max(RANGE_MS_MIN, historyLength(tracks, now_ms) * 1.01);
  return { from_ms: now_ms - Math.min(range_ms, longest_ms), to_ms: now_ms };
}
