// A source of chance that gives the same numbers for the same seed (mulberry32). The pipeline
// uses it live too: what it writes for a run is the same when the run is repeated after a crash.

import { createHash } from 'node:crypto';
import type { Random } from './random.ts';

/** `seed`: any text; texts that differ give independent sequences. */
export function createSeededRandom(seed: string): Random {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    hex: (digits) =>
      Array.from({ length: digits }, () => Math.floor(next() * 16).toString(16)).join(''),
  };
}
