// A row of numbers as a row of small bars.

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** At most `width` bars, each the largest of its part; `most`: what is a whole bar. */
export function sparkline(values: readonly number[], width: number, most?: number): string {
  const parts = Math.min(width, values.length);
  const highest = most ?? Math.max(...values, 0);
  return Array.from({ length: parts }, (_, part) => {
    const from = Math.floor((part * values.length) / parts);
    const to = Math.max(Math.floor(((part + 1) * values.length) / parts), from + 1);
    const value = Math.max(...values.slice(from, to));
    if (highest <= 0 || value <= 0) return BARS[0];
    const level = Math.ceil((value / highest) * (BARS.length - 1));
    return BARS[Math.min(level, BARS.length - 1)];
  }).join('');
}
