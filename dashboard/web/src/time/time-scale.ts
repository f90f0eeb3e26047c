// From a span of time to places on a chart, and which times to write below it.

import type { Span } from '../model/history-statistics.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((value) => value * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((value) => value * MINUTE),
  ...[1, 2, 3, 6, 12].map((value) => value * HOUR),
  ...[1, 2, 5, 10, 30, 90, 365].map((value) => value * DAY),
];

export interface Tick {
  time_ms: number;
  /** From 0 to 1. */
  place: number;
  label: string;
}

export function placeOf(span: Span, time_ms: number): number {
  return (time_ms - span.from_ms) / (span.to_ms - span.from_ms);
}

/** Labels with seconds need this many times the room of those without. */
const ROOM_OF_SECONDS = 1.35;

/** At most `count` round times within the span, fewer where their labels are long. */
export function ticksOf(span: Span, count: number): Tick[] {
  const length_ms = span.to_ms - span.from_ms;
  const step_ms = STEPS_MS.find((step) => fits(length_ms / step, step, count)) ?? length_ms;
  const ticks: Tick[] = [];
  for (
    let time = Math.ceil(span.from_ms / step_ms) * step_ms;
    time <= span.to_ms;
    time += step_ms
  ) {
    ticks.push({ time_ms: time, place: placeOf(span, time), label: labelOf(time, step_ms) });
  }
  return ticks;
}

function fits(ticks: number, step_ms: number, count: number): boolean {
  return ticks * (step_ms < MINUTE ? ROOM_OF_SECONDS : 1) <= count;
}

function labelOf(time_ms: number, step_ms: number): string {
  const iso = new Date(time_ms).toISOString();
  if (step_ms >= DAY) return iso.slice(5, 10);
  if (step_ms < MINUTE) return iso.slice(11, 19);
  return time_ms % DAY === 0 ? iso.slice(5, 10) : iso.slice(11, 16);
}
