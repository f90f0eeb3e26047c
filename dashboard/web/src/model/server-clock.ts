// The time by the server's clock: ages shown on the page must not depend on the viewer's clock.

import { signal } from '@preact/signals';

const TICK_MS = 1000;
let offset_ms = 0;

/** Whole seconds matter here: it changes once a second. */
export const now = signal(Date.now());

/** Takes over the server's time; small differences are the way of the message and stay. */
export function setServerTime(serverTime_ms: number): void {
  const measured_ms = serverTime_ms - Date.now();
  if (Math.abs(measured_ms - offset_ms) > TICK_MS) offset_ms = measured_ms;
}

export function serverNow(): number {
  return Date.now() + offset_ms;
}

export function startClock(): () => void {
  const timer = setInterval(() => {
    now.value = serverNow();
  }, TICK_MS);
  return () => clearInterval(timer);
}
