import fc from 'fast-check';

// The seed of a run: DRAWS_SEED repeats one. Importing this makes fast-check use it, too.

export const seed = Number(process.env.DRAWS_SEED ?? Date.now()) | 0;

fc.configureGlobal({ seed });

/** Numbers from 0 to below `n`, the same for the same seed. */
export function randomFrom(start: number): (n: number) => number {
  let state = start | 0;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}
