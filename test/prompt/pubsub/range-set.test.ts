import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RangeSet } from '../../../mockup/prompt/pubsub/broker/delivery/range-set.ts';

const number = fc.integer({ min: 0, max: 60 });
const step = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), first: number, length: fc.nat(8) }),
  fc.record({ kind: fc.constant('remove' as const), first: number, length: fc.constant(0) }),
);

it('holds what a set of single numbers would hold, as ranges that never touch', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const ranges = new RangeSet();
      const model = new Set<number>();
      for (const { kind, first, length } of steps) {
        if (kind === 'remove') {
          ranges.remove(first);
          model.delete(first);
          continue;
        }
        ranges.addRange(first, first + length);
        for (let n = first; n <= first + length; n++) model.add(n);
      }
      for (let n = 0; n <= 70; n++) expect(ranges.has(n)).toBe(model.has(n));
      for (const [index, [first]] of ranges.ranges.entries()) {
        const before = ranges.ranges[index - 1];
        if (before) expect(first).toBeGreaterThan(before[1] + 1);
      }
      expect(ranges.last).toBe(model.size > 0 ? Math.max(...model) : -1);
      const copy = new RangeSet(ranges.ranges);
      expect(copy.ranges).toEqual(ranges.ranges);
    }),
  );
});
