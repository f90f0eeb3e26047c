// One reading for many who ask for the same at once, and none that is older than a question.

import { expect, it } from 'vitest';
import { SharedAnswers } from '../../../dashboard/server/http/shared-answers.ts';

/** Readings that end when the test says so; each gives what was true when it began. */
function source() {
  let truth = 0;
  const waiting: (() => void)[] = [];
  const read = () => {
    const seen = truth;
    return new Promise<number>((resolve) => waiting.push(() => resolve(seen)));
  };
  const change = () => {
    truth += 1;
  };
  return { read, change, waiting };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

it('reads once more for all who ask while it reads', async () => {
  const { read, change, waiting } = source();
  const answers = new SharedAnswers();
  const first = answers.ask('a', read);
  change();
  const others = Array.from({ length: 50 }, () => answers.ask('a', read));
  await settled();
  expect(waiting).toHaveLength(1);
  waiting[0]?.();
  expect(await first).toBe(0);
  await settled();
  expect(waiting).toHaveLength(2);
  waiting[1]?.();
  expect(new Set(await Promise.all(others))).toEqual(new Set([1]));
});

it('never gives an answer that is older than the question', async () => {
  const { read, change, waiting } = source();
  const answers = new SharedAnswers();
  for (let round = 1; round <= 5; round++) {
    change();
    const asked = [answers.ask('a', read), answers.ask('a', read)];
    for (let at = 0; at < 2; at++) {
      await settled();
      for (const end of waiting.splice(0)) end();
    }
    for (const answer of await Promise.all(asked)) expect(answer).toBeGreaterThanOrEqual(round);
  }
});

it('keeps questions apart, and goes on after a failure', async () => {
  const { read, waiting } = source();
  const answers = new SharedAnswers();
  const failing = answers.ask('a', () => Promise.reject(new Error('away')));
  const after = answers.ask('a', read);
  const other = answers.ask('b', read);
  await expect(failing).rejects.toThrow('away');
  await settled();
  expect(waiting).toHaveLength(2);
  for (const end of waiting) end();
  expect(await Promise.all([after, other])).toEqual([0, 0]);
});
