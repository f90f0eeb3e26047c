// The moment that the time view shows: now, or an earlier one that a person chose or that is
// replayed.

import { type ReadonlySignal, signal } from '@preact/signals';
import type { Span } from '../model/history-statistics.ts';

/** The whole span is replayed in this time. */
const REPLAY_MS = 24_000;
const FRAME_MS = 33;

export interface Playback {
  /** Undefined: now. */
  moment_ms: ReadonlySignal<number | undefined>;
  isPlaying: ReadonlySignal<boolean>;
  choose(time_ms: number | undefined): void;
  /** From the chosen moment on, or from the beginning. */
  play(span: Span): void;
  pause(): void;
}

export function createPlayback(): Playback {
  const moment = signal<number | undefined>(undefined);
  const isPlaying = signal(false);
  let frame = 0;

  const pause = (): void => {
    cancelAnimationFrame(frame);
    isPlaying.value = false;
  };
  return {
    moment_ms: moment,
    isPlaying,
    pause,
    choose: (time_ms) => {
      pause();
      moment.value = time_ms;
    },
    play: (span) => {
      pause();
      isPlaying.value = true;
      let at = moment.peek() ?? span.from_ms;
      let before = performance.now();
      const speed = (span.to_ms - span.from_ms) / REPLAY_MS;
      const advance = (time: number): void => {
        frame = requestAnimationFrame(advance);
        if (time - before < FRAME_MS) return;
        at += (time - before) * speed;
        before = time;
        if (at < span.to_ms) {
          moment.value = at;
          return;
        }
        pause();
        moment.value = undefined;
      };
      frame = requestAnimationFrame(advance);
    },
  };
}
