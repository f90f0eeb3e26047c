import { setTimeout } from 'node:timers/promises';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import { createVirtualClock } from '../../../mockup/simulator/clock/virtual-clock.ts';
import { clockContract } from './clock-contract.ts';

clockContract('system', () => ({
  clock: createSystemClock(),
  pass: (duration_ms) => setTimeout(duration_ms),
}));

clockContract('virtual', () => {
  const clock = createVirtualClock();
  return { clock, pass: (duration_ms) => clock.runFor(duration_ms) };
});
