// Durations as people write them: `90s`, `30min`, `2h`, `30d`, `9.5w`. Inside they are seconds.

const UNITS_S = { s: 1, min: 60, h: 3600, d: 86_400, w: 604_800 } as const;

export const DAY_S = UNITS_S.d;
export const HOUR_S = UNITS_S.h;
export const DURATION_PATTERN = /^(\d+(?:\.\d+)?)\s*(s|min|h|d|w)$/;

/** Seconds; undefined for what is no duration. */
export function readDuration(text: string): number | undefined {
  const [, amount, unit] = DURATION_PATTERN.exec(text) ?? [];
  return amount === undefined ? undefined : Number(amount) * UNITS_S[unit as keyof typeof UNITS_S];
}

/** `29.5 h`, `3.2 d`, `9.5 w` up from nine weeks; `not` where it never came. */
export function showDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'not';
  if (seconds < 90) return `${round(seconds)} s`;
  if (seconds < 90 * 60) return `${round(seconds / 60)} min`;
  if (seconds < 36 * HOUR_S) return `${round(seconds / HOUR_S)} h`;
  if (seconds < 63 * DAY_S) return `${round(seconds / DAY_S)} d`;
  return `${round(seconds / UNITS_S.w)} w`;
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toFixed(1)));
}
