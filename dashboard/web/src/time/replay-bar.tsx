// How much time is shown, and the slider through it.

import type { ReadonlySignal, Signal } from '@preact/signals';
import { Icon } from '../elements/icon.tsx';
import { formatPreciseDuration } from '../format/durations.ts';
import { formatMoment } from '../format/moments.ts';
import type { Span } from '../model/history-statistics.ts';
import type { Playback } from './playback.ts';

const HOUR_MS = 3_600_000;
const STEPS = 1000;

const ranges: readonly [label: string, range_ms: number][] = [
  ['15 min', HOUR_MS / 4],
  ['1 h', HOUR_MS],
  ['6 h', 6 * HOUR_MS],
  ['24 h', 24 * HOUR_MS],
  ['All', Number.MAX_SAFE_INTEGER],
];

interface ReplayBarProps {
  playback: Playback;
  span: ReadonlySignal<Span>;
  range_ms: Signal<number>;
  /** Since the first OUS began: no more than that can be shown. */
  history_ms: ReadonlySignal<number>;
}

export function ReplayBar({ playback, span, range_ms, history_ms }: ReplayBarProps) {
  const { from_ms, to_ms } = span.value;
  const chosen = playback.moment_ms.value;
  const moment_ms = chosen ?? to_ms;
  const isPlaying = playback.isPlaying.value;
  const position = Math.round(((moment_ms - from_ms) / (to_ms - from_ms)) * STEPS);
  const choose = (value: number): void => {
    playback.choose(value >= STEPS ? undefined : from_ms + ((to_ms - from_ms) * value) / STEPS);
  };
  return (
    <div class="replay-bar">
      <fieldset class="segments">
        <legend class="visually-hidden">Time shown</legend>
        {ranges.map(([label, range]) => (
          <button
            key={label}
            type="button"
            class="button"
            aria-pressed={range_ms.value === range}
            onClick={() => {
              range_ms.value = range;
            }}
          >
            {label}
          </button>
        ))}
      </fieldset>
      {history_ms.value < range_ms.value && (
        <span class="replay-history">{historyNote(history_ms.value)}</span>
      )}
      <button
        type="button"
        class="button"
        onClick={() => (isPlaying ? playback.pause() : playback.play(span.peek()))}
      >
        <Icon name={isPlaying ? 'pause' : 'play'} />
        {isPlaying ? 'Pause' : 'Replay'}
      </button>
      <input
        type="range"
        class="replay-slider"
        min="0"
        max={STEPS}
        value={position}
        aria-label="Moment shown"
        aria-valuetext={chosen === undefined ? 'now' : `${formatMoment(moment_ms)} UTC`}
        onInput={({ currentTarget }) => choose(Number(currentTarget.value))}
      />
      <output class={`replay-moment ${chosen === undefined ? '' : 'is-past'}`}>
        {formatMoment(moment_ms)}
      </output>
      <button
        type="button"
        class="button"
        aria-pressed={chosen === undefined}
        onClick={() => playback.choose(undefined)}
      >
        Now
      </button>
    </div>
  );
}

/** Where less is shown than was chosen. */
function historyNote(history_ms: number): string {
  return history_ms === 0 ? 'no history yet' : `${formatPreciseDuration(history_ms)} so far`;
}
