// Points in time, in UTC as everywhere in the observatory.

/** `12:04:33`. */
export function formatClock(time_ms: number): string {
  return new Date(time_ms).toISOString().slice(11, 19);
}

/** `2026-05-01 12:04:33`; '–' for null. */
export function formatMoment(time_ms: number | null): string {
  if (time_ms === null || !isShowable(time_ms)) return '–';
  return new Date(time_ms).toISOString().slice(0, 19).replace('T', ' ');
}

/** The time of day alone where the day is that of `now_ms`: `12:04:33`, else with the date. */
export function formatNear(time_ms: number | null, now_ms: number): string {
  const moment = formatMoment(time_ms);
  return moment.slice(0, 10) === formatMoment(now_ms).slice(0, 10) ? moment.slice(11) : moment;
}

function isShowable(time_ms: number): boolean {
  return Math.abs(time_ms) < 8.64e15;
}
