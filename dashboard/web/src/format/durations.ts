// Durations as a person reads them from afar: one or two units, never more.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** 0 → `0 s`, 65 000 → `1 min`, 4 000 000 → `1 h 06`, 100 000 000 → `1 d 3 h`; '–' for null. */
export function formatDuration(duration_ms: number | null): string {
  if (duration_ms === null || Number.isNaN(duration_ms)) return '–';
  const length = Math.max(0, duration_ms);
  if (length < MINUTE) return `${Math.floor(length / SECOND)} s`;
  if (length < HOUR) return `${Math.floor(length / MINUTE)} min`;
  if (length < DAY) {
    const minutes = Math.floor((length % HOUR) / MINUTE);
    return `${Math.floor(length / HOUR)} h ${String(minutes).padStart(2, '0')}`;
  }
  const days = Math.floor(length / DAY);
  const hours = Math.floor((length % DAY) / HOUR);
  return days < 10 && hours > 0 ? `${days} d ${hours} h` : `${days} d`;
}

/** With tenths below a minute, for what is compared: `3.2 s`, `420 ms`. */
export function formatPreciseDuration(duration_ms: number | null): string {
  if (duration_ms === null || Number.isNaN(duration_ms)) return '–';
  if (duration_ms < SECOND) return `${Math.round(Math.max(0, duration_ms))} ms`;
  if (duration_ms < MINUTE) return `${(duration_ms / SECOND).toFixed(1)} s`;
  if (duration_ms < 10 * MINUTE) {
    const seconds = Math.floor((duration_ms % MINUTE) / SECOND);
    return `${Math.floor(duration_ms / MINUTE)} min ${String(seconds).padStart(2, '0')} s`;
  }
  return formatDuration(duration_ms);
}
