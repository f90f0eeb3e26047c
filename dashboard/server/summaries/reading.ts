// Fields of documents that anybody may have written: what is of another kind reads as nothing, and
// no text is longer than a page can show.

import { parseTimestamp } from '../../../mockup/core/timestamps.ts';

const TEXT_LENGTH_MAX = 300;

export function textOf(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  return value.length > TEXT_LENGTH_MAX ? `${value.slice(0, TEXT_LENGTH_MAX)}…` : value;
}

/** Milliseconds since 1970; null where it is no time. */
export function timeOf(value: unknown): number | null {
  if (typeof value !== 'string' || value.length > 40) return null;
  const time_ms = parseTimestamp(value);
  return Number.isNaN(time_ms) ? null : time_ms;
}

export function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** A number of things: whole and not negative. */
export function countOf(value: unknown): number {
  const number = numberOf(value);
  return number === null || number < 0 ? 0 : Math.floor(number);
}

export function fieldsOf(value: unknown): Record<string, unknown> {
  const isPlain = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isPlain ? (value as Record<string, unknown>) : {};
}
