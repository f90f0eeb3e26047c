import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createSeededRandom } from '../../../mockup/platform/random/seeded-random.ts';
import { createVirtualClock } from '../../../mockup/simulator/clock/virtual-clock.ts';
import { SharedLink } from '../../../mockup/simulator/link/shared-link.ts';

const RATE = 1000;

function linkOn(clock: ReturnType<typeof createVirtualClock>): SharedLink {
  return new SharedLink(clock, { rate_bytes_s: RATE, second_ms: 1000 });
}

it('transfers that begin together end as processor sharing says', async () => {
  const sizes = fc.array(fc.integer({ min: 1000, max: 1e6 }), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(sizes, async (bytes) => {
      const clock = createVirtualClock();
      const link = linkOn(clock);
      const ends = await clock.complete(
        Promise.all(
          bytes.map(async (one) => {
            await link.carry(one);
            return clock.monotonic() / 1000;
          }),
        ),
        { limit_ms: 1e12 },
      );
      const sorted = bytes.toSorted((a, b) => a - b);
      // The k-th to end shared with n - k + 1 others what lies between it and the one before.
      let expected = 0;
      const byOrder = sorted.map((size, k) => {
        const before = sorted[k - 1] ?? 0;
        expected += ((size - before) * (sorted.length - k)) / RATE;
        return expected;
      });
      const found = ends.toSorted((a, b) => a - b);
      for (const [k, end] of found.entries()) expect(end).toBeCloseTo(byOrder[k] as number, 0);
      expect(link.use.carried_bytes).toBeCloseTo(
        sorted.reduce((sum, one) => sum + one, 0),
        -2,
      );
    }),
    { numRuns: 50 },
  );
});

it('random arrivals take in the mean what M/G/1 processor sharing says', async () => {
  const load = 0.6;
  const mean_bytes = 5000;
  const count = 4000;
  const means = await Promise.all(
    Array.from({ length: 12 }, async (_, seed) => {
      const random = createSeededRandom(`link ${seed}`);
      const clock = createVirtualClock();
      const link = linkOn(clock);
      const exponential = (mean: number): number => -mean * Math.log(1 - random.next());
      let at_s = 0;
      const sojourns: Promise<number>[] = [];
      for (let n = 0; n < count; n++) {
        at_s += exponential(mean_bytes / RATE / load);
        const begin_ms = at_s * 1000;
        const bytes = random.next() < 0.5 ? mean_bytes / 5 : (mean_bytes * 9) / 5;
        sojourns.push(
          clock.sleep(begin_ms).then(async () => {
            await link.carry(bytes);
            return (clock.monotonic() - begin_ms) / 1000;
          }),
        );
      }
      const all = await clock.complete(Promise.all(sojourns), { limit_ms: 1e12 });
      return all.reduce((sum, one) => sum + one, 0) / count;
    }),
  );
  const mean = means.reduce((sum, one) => sum + one, 0) / means.length;
  const variance = means.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (means.length - 1);
  // Student's t for 11 degrees of freedom, 99.9 %.
  const half = 4.44 * Math.sqrt(variance / means.length);
  const expected = mean_bytes / RATE / (1 - load);
  expect(Math.abs(mean - expected)).toBeLessThan(half);
  expect(half).toBeLessThan(expected / 5);
});

it('what is taken off leaves its share to the others', async () => {
  const clock = createVirtualClock();
  const link = linkOn(clock);
  const arrived = link.carry(10_000);
  const takeOff = link.send(1e9, () => {});
  clock.timer(4000, takeOff);
  await clock.complete(arrived);
  expect(clock.monotonic()).toBeCloseTo(12_000, 0);
});
