import { describe, expect, it } from 'vitest';
import { BatchPacer } from '../../mockup/couch-server/replicator/run/batch-pacer.ts';

describe('BatchPacer', () => {
  it('lets a few batches go at once and spaces a stream of them', () => {
    const pacer = new BatchPacer({ spacing_ms: 8, burst: 3 });
    let now = 1000;
    const begun: number[] = [];
    for (let n = 0; n < 100; n++) {
      now += pacer.next(now);
      begun.push(now);
    }
    expect(begun.slice(0, 3)).toEqual([1000, 1000, 1000]);
    expect(begun.at(-1)! - begun[2]!).toBeCloseTo(97 * 8, 5);
  });

  it('never delays batches that come slower than the spacing', () => {
    const pacer = new BatchPacer({ spacing_ms: 8, burst: 1 });
    for (let now = 0; now < 1000; now += 9) expect(pacer.next(now)).toBe(0);
  });
});
