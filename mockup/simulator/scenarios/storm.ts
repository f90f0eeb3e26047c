// A storm: for some time processes are killed and links are cut at random. Then it is over: all
// links are up again, nobody dies any more, and everything must come to a good end.

import type { Executive } from '../../core/executives.ts';
import { numberBetween, pickOne } from '../../platform/random/random.ts';
import { createSeededRandom } from '../../platform/random/seeded-random.ts';
import type { World } from '../world/world.ts';

export interface StormOptions {
  seed: string;
  /** Virtual time from the first fault to the last. */
  duration_ms: number;
  /** ARCs whose link may be cut. */
  arcs: readonly Executive[];
}

const PAUSE_MS = [100, 8000] as const;
const KILL_SHARE = 0.75;
const CUT_SHARE = 0.1;

/** Begins now; resolves by itself as time passes. */
export function startStorm(world: World, { seed, duration_ms, arcs }: StormOptions): void {
  const random = createSeededRandom(`${seed} storm`);
  const end_ms = world.clock.now() + duration_ms;
  const healAll = (): void => {
    for (const arc of arcs) world.network.heal(arc);
  };
  const strike = (): void => {
    if (world.clock.now() >= end_ms) {
      healAll();
      return;
    }
    const drawn = random.next();
    if (drawn < KILL_SHARE) killOne();
    else if (drawn < KILL_SHARE + CUT_SHARE) world.network.cut(pickOne(random, arcs));
    else healAll();
    world.clock.timer(numberBetween(random, ...PAUSE_MS), strike);
  };
  const killOne = (): void => {
    const alive = world.processes.filter(({ gate }) => gate.alive);
    if (alive.length > 0) pickOne(random, alive).kill();
  };
  strike();
}
