// Counts and sizes.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Decimal units, three digits: `14.9 MB`; '–' for null. */
export function formatBytes(size_bytes: number | null): string {
  if (size_bytes === null) return '–';
  let value = Math.max(0, size_bytes);
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** Given in 2^20 bytes a second, shown in decimal units as sizes are: `91.6 MB/s`, `0.03 MB/s`. */
export function formatRate(rate_mbytes_per_sec: number | null): string {
  if (rate_mbytes_per_sec === null) return '–';
  const rate = (rate_mbytes_per_sec * 2 ** 20) / 1e6;
  return `${rate.toFixed(rate >= 0.95 ? 1 : 2)} MB/s`;
}

/** `10,432`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** `1 OUS`, `3 OUSs`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** `0.97`; '–' for null. */
export function formatScore(score: number | null): string {
  return score === null ? '–' : score.toFixed(2);
}
