// The mockup's deliberate waiting times: what stands for minutes or hours of real work.

import type { ActorPorts } from './actor.ts';

/** Waits `seconds` times the pace; returns at once at pace 0. Rejects when aborted. */
export async function deliberateWait(
  ports: Pick<ActorPorts, 'clock' | 'pace'>,
  seconds: number,
  signal?: AbortSignal,
): Promise<void> {
  const delay_ms = seconds * 1000 * ports.pace;
  if (delay_ms > 0) await ports.clock.sleep(delay_ms, signal);
  else signal?.throwIfAborted();
}
