import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../mockup/core/errors.ts';
import { runOnce } from '../../../mockup/platform/actor/one-shot.ts';
import { retry } from '../../../mockup/platform/clock/retry.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import {
  createVirtualClock,
  type VirtualClock,
} from '../../../mockup/simulator/clock/virtual-clock.ts';

const table = { delays_s: [1, 5], limit_s: 60 };
const busy = () => new AppError('busy', 'busy', { retriable: true });

let clock: VirtualClock;
let times_s: number[];

beforeEach(() => {
  clock = createVirtualClock();
  times_s = [];
});

function attempts(fail: (count: number) => Error | undefined, signal?: AbortSignal) {
  const ports = { clock, log: silentLogger };
  const never = new AbortController().signal;
  return retry(ports, table, 'test', signal ?? never, async () => {
    times_s.push(clock.monotonic() / 1000);
    const error = fail(times_s.length);
    if (error) throw error;
    return 'done';
  });
}

describe('retry', () => {
  it('waits as the table says, and then as its last entry does', async () => {
    const work = attempts((count) => (count < 5 ? busy() : undefined));
    expect(await clock.complete(work)).toBe('done');
    expect(times_s).toEqual([0, 1, 6, 11, 16]);
  });

  it('ends at the limit with the last error', async () => {
    await expect(clock.complete(attempts(busy))).rejects.toThrow('busy');
    expect(times_s.at(-1)).toBe(56);
  });

  it('does not repeat what will not get better by itself', async () => {
    const broken = attempts(() => new Error('broken'));
    await expect(clock.complete(broken)).rejects.toThrow('broken');
    expect(times_s).toEqual([0]);
  });

  it('waits for somebody to mend the site', async () => {
    const refused = () => new AppError('refused', 'key refused', { outage: true });
    expect(await clock.complete(attempts((count) => (count < 3 ? refused() : undefined)))).toBe(
      'done',
    );
  });

  it('ends at once when it is aborted', async () => {
    const stopping = new AbortController();
    const work = attempts(busy, stopping.signal);
    clock.timer(3000, () => stopping.abort(new Error('stopped')));
    await expect(clock.complete(work)).rejects.toThrow('stopped');
    expect(clock.monotonic()).toBe(3000);
  });
});

describe('an actor that does one thing', () => {
  it('ends with its exit code', async () => {
    const actor = runOnce({ log: silentLogger }, async () => 2);
    expect(await actor.finished).toEqual({ exitCode: 2 });
    await actor.stop();
  });

  it('ends with exit code 1 after an error', async () => {
    const said: string[] = [];
    const log = { ...silentLogger, error: (_: object, text: string) => void said.push(text) };
    const actor = runOnce({ log }, async () => {
      throw new AppError('x', 'no disk', { hint: 'buy one' });
    });
    expect(await actor.finished).toEqual({ exitCode: 1 });
    expect(said).toEqual(['no disk (buy one)']);
  });

  it('ends as stopped where it is stopped', async () => {
    const actor = runOnce({ log: silentLogger }, (signal) =>
      clock.sleep(60_000, signal).then(() => 0),
    );
    await actor.stop();
    expect(await actor.finished).toEqual({ exitCode: 143 });
  });
});
