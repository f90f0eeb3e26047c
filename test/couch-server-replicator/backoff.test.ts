import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jobDelay_ms } from '../../mockup/couch-server/replicator/backoff.ts';
import { ReplicationError } from '../../mockup/couch-server/replicator/replication-error.ts';

const error = (word: string) => new ReplicationError(word, 'because');

describe('jobDelay_ms', () => {
  it('tries a vanished peer again within a second, then doubles up to five', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => jobDelay_ms(error('unreachable'), n, 0));
    expect(delays).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000, 5000]);
  });

  it('spares a server that refused a password', () => {
    expect(jobDelay_ms(error('unauthorized'), 1, 0)).toBe(10_000);
    expect(jobDelay_ms(error('unauthorized'), 9, 0)).toBe(120_000);
  });

  it('tries one document that fails for now later each time', () => {
    const failure = new ReplicationError('bad_answer', 'because', { document: 'x' });
    expect([1, 2, 3, 20].map((n) => jobDelay_ms(failure, n, 0))).toEqual([
      1000, 2000, 4000, 300_000,
    ]);
  });

  it('stays positive and below its limit for any number of failures', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('unreachable', 'unauthorized', 'db_not_found', 'whatever'),
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (word, failures, random) => {
          const delay = jobDelay_ms(error(word), failures, random);
          expect(delay).toBeGreaterThan(0);
          expect(delay).toBeLessThanOrEqual(word === 'unauthorized' ? 120_000 : 30_000);
        },
      ),
    );
  });
});
