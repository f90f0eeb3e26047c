import fc from 'fast-check';
import { expect, it } from 'vitest';
import { executives } from '../../mockup/core/executives.ts';
import { runTimestamp } from '../../mockup/core/products/run-timestamp.ts';
import { parseTimestamp } from '../../mockup/core/timestamps.ts';

it('is never before the given time, and never the same at two sites', () => {
  const times = fc.integer({ min: 0, max: 4_000_000_000_000 });
  fc.assert(
    fc.property(times, times, (first_ms, second_ms) => {
      for (const site of executives) {
        const ahead_ms = parseTimestamp(runTimestamp(first_ms, site)) - first_ms;
        expect(ahead_ms).toBeGreaterThanOrEqual(0);
        expect(ahead_ms).toBeLessThan(executives.length);
        const elsewhere = executives.filter((other) => other !== site);
        const others = elsewhere.map((other) => runTimestamp(second_ms, other));
        expect(others).not.toContain(runTimestamp(first_ms, site));
      }
    }),
  );
});
