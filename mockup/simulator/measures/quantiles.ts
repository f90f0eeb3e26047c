// Quantiles of samples of which some never came: these count as later than all others, so that a
// queue that is never served can't look short.

/** Linear between two samples; infinite where it falls among those that never came. */
export function quantile(sorted: readonly number[], p: number): number {
  if (sorted.length === 0) return Number.NaN;
  const place = p * (sorted.length - 1);
  const low = sorted[Math.floor(place)] as number;
  const high = sorted[Math.ceil(place)] as number;
  return low === high ? low : low + (place - Math.floor(place)) * (high - low);
}

export function ascending(samples: readonly number[]): number[] {
  return samples.toSorted((a, b) => a - b);
}

export function mean(samples: readonly number[]): number {
  return samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
}
