// What every adapter of the Clock port keeps. Durations are not asserted: only order, and that
// what must not happen has not happened.

import { beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../../mockup/platform/clock/clock.ts';

export interface ClockUnderTest {
  clock: Clock;
  /** Lets at least so much of the clock's time pass. */
  pass(duration_ms: number): Promise<void>;
}

let clock: Clock;
let pass: ClockUnderTest['pass'];

/** Registers the suite; `makeAdapter` is called before each test. */
export function clockContract(name: string, makeAdapter: () => ClockUnderTest): void {
  describe(`clock: ${name}`, () => {
    beforeEach(() => {
      ({ clock, pass } = makeAdapter());
    });
    describe('the time', time);
    describe('timers', timers);
    describe('sleep', sleeping);
  });
}

function time(): void {
  it('is whole milliseconds since 1970', () => {
    expect(Number.isSafeInteger(clock.now())).toBe(true);
    expect(clock.now()).toBeGreaterThan(Date.UTC(2020));
  });

  it('goes on, and the monotonic one never back', async () => {
    const before = { now: clock.now(), monotonic: clock.monotonic() };
    expect(clock.monotonic()).toBeGreaterThanOrEqual(before.monotonic);
    await pass(20);
    expect(clock.monotonic()).toBeGreaterThan(before.monotonic);
    expect(clock.now()).toBeGreaterThan(before.now);
  });
}

function timers(): void {
  it('call back once, and never at once', async () => {
    const calls: string[] = [];
    clock.timer(5, () => calls.push('later'));
    clock.timer(0, () => calls.push('soon'));
    clock.timer(-5, () => calls.push('past'));
    expect(calls).toEqual([]);
    await pass(50);
    await pass(50);
    expect(calls.sort()).toEqual(['later', 'past', 'soon']);
  });

  it('call back in the order of their times', async () => {
    const calls: number[] = [];
    for (const delay_ms of [60, 20, 40]) clock.timer(delay_ms, () => calls.push(delay_ms));
    await pass(200);
    expect(calls).toEqual([20, 40, 60]);
  });

  it('do not call back when cancelled; cancelling again or too late does nothing', async () => {
    const calls: string[] = [];
    const cancel = clock.timer(5, () => calls.push('cancelled'));
    const tooLate = clock.timer(5, () => calls.push('fired'));
    cancel();
    cancel();
    await pass(50);
    tooLate();
    await pass(50);
    expect(calls).toEqual(['fired']);
  });

  it('can be made in a callback', async () => {
    const calls: string[] = [];
    clock.timer(5, () => {
      calls.push('first');
      clock.timer(5, () => calls.push('second'));
    });
    await pass(100);
    expect(calls).toEqual(['first', 'second']);
  });

  it('of a very long time do not fire at once', async () => {
    let fired = false;
    const cancel = clock.timer(100 * 365 * 86_400_000, () => {
      fired = true;
    });
    await pass(20);
    expect(fired).toBe(false);
    cancel();
  });
}

function sleeping(): void {
  it('ends after its time, the shorter one first', async () => {
    const ends: string[] = [];
    const long = clock.sleep(60).then(() => ends.push('long'));
    const short = clock.sleep(10).then(() => ends.push('short'));
    await pass(200);
    await Promise.all([long, short]);
    expect(ends).toEqual(['short', 'long']);
  });

  it("rejects with the signal's reason, and at once", async () => {
    const reason = new Error('stopping');
    const controller = new AbortController();
    const sleep = clock.sleep(86_400_000, controller.signal);
    controller.abort(reason);
    await expect(sleep).rejects.toBe(reason);
    await expect(clock.sleep(0, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('is over when the signal is aborted after its end', async () => {
    const controller = new AbortController();
    const sleep = clock.sleep(5, controller.signal);
    await pass(50);
    await sleep;
    controller.abort(new Error('stopping'));
    await expect(sleep).resolves.toBeUndefined();
  });
}
