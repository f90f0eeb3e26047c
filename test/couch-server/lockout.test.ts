import { expect, it } from 'vitest';
import { Lockout } from '../../mockup/couch-server/auth/lockout.ts';
import { CouchError } from '../../mockup/couch-server/couch-error.ts';

const right = async (): Promise<string> => 'in';
const wrong = async (): Promise<undefined> => undefined;

it('looks at a right password however many guessers come again and again', async () => {
  const lockout = new Lockout(() => 0, 1);
  let wanted = true;
  const guessers = Array.from({ length: 90 }, async () => {
    let refused: unknown;
    while (wanted) await lockout.guard('ann', '::1', wrong).catch((error) => (refused = error));
    return refused;
  });
  for (let n = 0; n < 20; n++) expect(await lockout.guard('ann', '::1', right)).toBe('in');
  wanted = false;
  for (const refused of await Promise.all(guessers)) expect(refused).toBeInstanceOf(CouchError);
});

it('holds a bounded number of guesses, and refuses some of those that are too many', async () => {
  const lockout = new Lockout(() => 0, 1);
  const first = lockout.guard('ann', '::1', right);
  const looked: number[] = [];
  const guesses = Array.from({ length: 500 }, (_, n) =>
    lockout.guard('ann', '::1', async () => void looked.push(n)),
  );
  const last = lockout.guard('ann', '::1', right);
  expect(await Promise.all([first, last])).toEqual(['in', 'in']);
  const ends = await Promise.allSettled(guesses);
  expect(ends.every(({ status }) => status === 'rejected')).toBe(true);
  expect(looked.length).toBe(99);
});

it('counts each user and address by itself', async () => {
  const lockout = new Lockout(() => 0, 60_000);
  const statuses: unknown[] = [];
  const guess = () =>
    lockout.guard('ann', '::1', wrong).catch(({ status }) => statuses.push(status));
  for (let n = 0; n < 5; n++) await guess();
  void guess();
  expect(await lockout.guard('ann', '::2', right)).toBe('in');
  expect(await lockout.guard('bob', '::1', right)).toBe('in');
  expect(statuses).toEqual([401, 401, 401, 401, 401]);
});
