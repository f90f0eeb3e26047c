// Times on the wire: ISO 8601 in UTC with milliseconds and no zone letter, as the Python mockup
// writes them for entities. Inside the program a time is a number of milliseconds since 1970.

const PATTERN = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/;

/** 1531984203781 → `2018-07-19T07:10:03.781`. */
export function formatTimestamp(time_ms: number): string {
  return new Date(time_ms).toISOString().slice(0, -1);
}

/** `2018-07-19T07:10:03.781` (a `Z`, more or fewer decimals are accepted) → ms, NaN if unreadable. */
export function parseTimestamp(timestamp: string): number {
  return Date.parse(timestamp.endsWith('Z') ? timestamp : `${timestamp}Z`);
}

export function isTimestamp(value: string): boolean {
  return PATTERN.test(value) && !Number.isNaN(parseTimestamp(value));
}
