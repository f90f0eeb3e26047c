// Looks closer at a part of the time: buttons, keys and the wheel. What is shown stays where it is
// while it is looked at closer, and goes with the time again afterwards.

import type { ReadonlySignal, Signal } from '@preact/signals';
import { Icon } from '../elements/icon.tsx';
import type { Span } from '../model/history-statistics.ts';

const LENGTH_MS_MIN = 2_000;
const FACTOR = 2;
const STEP = 0.25;

interface ZoomBarProps {
  /** Undefined: the whole range. */
  zoom: Signal<Span | undefined>;
  /** What is shown, and what could be. */
  shown: ReadonlySignal<Span>;
  whole: ReadonlySignal<Span>;
}

export function ZoomBar({ zoom, shown, whole }: ZoomBarProps) {
  const scale = (factor: number) => (): void => {
    zoom.value = zoomed(shown.peek(), factor, 0.5, whole.peek());
  };
  const move = (part: number) => (): void => {
    const { from_ms, to_ms } = shown.peek();
    const by_ms = (to_ms - from_ms) * part;
    zoom.value = within({ from_ms: from_ms + by_ms, to_ms: to_ms + by_ms }, whole.peek());
  };
  const isWhole = zoom.value === undefined;
  return (
    <fieldset class="segments zoom-bar">
      <legend class="visually-hidden">Zoom of the time</legend>
      <ZoomButton
        words="Earlier"
        icon="previous"
        shortcut=","
        disabled={isWhole}
        onPress={move(-STEP)}
      />
      <ZoomButton words="Look closer" icon="plus" shortcut="+" onPress={scale(1 / FACTOR)} />
      <ZoomButton
        words="See more"
        icon="minus"
        shortcut="-"
        disabled={isWhole}
        onPress={scale(FACTOR)}
      />
      <ZoomButton words="Later" icon="next" shortcut="." disabled={isWhole} onPress={move(STEP)} />
      <ZoomButton
        words="See all"
        icon="close"
        shortcut="0"
        disabled={isWhole}
        onPress={() => {
          zoom.value = undefined;
        }}
      />
    </fieldset>
  );
}

interface ZoomButtonProps {
  words: string;
  icon: 'previous' | 'plus' | 'minus' | 'next' | 'close';
  shortcut: string;
  disabled?: boolean;
  onPress(): void;
}

function ZoomButton({ words, icon, shortcut, disabled = false, onPress }: ZoomButtonProps) {
  return (
    <button
      type="button"
      class="button icon-only"
      aria-label={words}
      aria-keyshortcuts={shortcut}
      title={`${words} (${shortcut})`}
      data-shortcut={shortcut}
      disabled={disabled}
      onClick={onPress}
    >
      <Icon name={icon} />
    </button>
  );
}

/** `place`: from 0 to 1, what stays where it is. Undefined where all of it is shown then. */
export function zoomed(span: Span, factor: number, place: number, whole: Span): Span | undefined {
  const length_ms = Math.max(LENGTH_MS_MIN, (span.to_ms - span.from_ms) * factor);
  if (length_ms >= whole.to_ms - whole.from_ms) return undefined;
  const fixed_ms = span.from_ms + (span.to_ms - span.from_ms) * place;
  const from_ms = fixed_ms - length_ms * place;
  return within({ from_ms, to_ms: from_ms + length_ms }, whole);
}

function within({ from_ms, to_ms }: Span, whole: Span): Span {
  const by_ms = Math.max(whole.from_ms - from_ms, Math.min(0, whole.to_ms - to_ms));
  return { from_ms: from_ms + by_ms, to_ms: to_ms + by_ms };
}
