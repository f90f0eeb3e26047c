// Which faults happen when: drawn from a seed before anything runs, so that a plan can be printed
// first and repeated. When exactly a fault meets an actor is up to the machine.

import {
  integerBetween,
  numberBetween,
  pickOne,
  type Random,
} from '../../mockup/platform/random/random.ts';
import { createSeededRandom } from '../../mockup/platform/random/seeded-random.ts';

export type Fault = { at_s: number } & (
  | { kind: 'kill'; process: string }
  | { kind: 'freeze'; process: string; for_s: number }
  | { kind: 'cut'; for_s: number }
  | { kind: 'spoil'; how: 'slow' | 'lossy'; for_s: number }
  | { kind: 'kill-rsync' }
  | { kind: 'fill-disk'; site: string; for_s: number }
  | { kind: 'shift-clock'; site: string; offset_s: number }
  | { kind: 'duplicate'; site: string; count: number }
  | { kind: 'replay'; site: string; count: number }
);

export type FaultKind = Fault['kind'];

/** What a world has and can. */
export interface Targets {
  processes: readonly string[];
  sites: readonly string[];
  kinds: readonly FaultKind[];
}

/** How often each kind comes, relative to the others. */
const weights: Readonly<Record<FaultKind, number>> = {
  kill: 8,
  freeze: 3,
  cut: 2,
  spoil: 2,
  'kill-rsync': 3,
  'fill-disk': 1,
  'shift-clock': 1,
  duplicate: 2,
  replay: 2,
};

const PAUSE_S = [1, 5] as const;
const FREEZE_S = [1, 15] as const;
const CUT_S = [2, 15] as const;
const SPOIL_S = [4, 15] as const;
const FULL_S = [4, 15] as const;
const CLOCK_S_MAX = 600;
const COPIES_MAX = 5;
const TENTHS = 10;

const rounded = (seconds: number): number => Math.round(seconds * TENTHS) / TENTHS;

/** Ordered by time, from soon after the start to `duration_s`. */
export function planFaults(seed: number, duration_s: number, targets: Targets): Fault[] {
  const random = createSeededRandom(`chaos ${seed}`);
  const bag = targets.kinds.flatMap((kind) => Array<FaultKind>(weights[kind]).fill(kind));
  const faults: Fault[] = [];
  let at_s = numberBetween(random, ...PAUSE_S);
  while (at_s < duration_s) {
    faults.push(draw(random, rounded(at_s), pickOne(random, bag), targets));
    at_s += numberBetween(random, ...PAUSE_S);
  }
  return faults;
}

function draw(random: Random, at_s: number, kind: FaultKind, targets: Targets): Fault {
  const { processes, sites } = targets;
  const between = (range: readonly [number, number]): number =>
    rounded(numberBetween(random, ...range));
  switch (kind) {
    case 'kill':
      return { at_s, kind, process: pickOne(random, processes) };
    case 'freeze':
      return { at_s, kind, process: pickOne(random, processes), for_s: between(FREEZE_S) };
    case 'cut':
      return { at_s, kind, for_s: between(CUT_S) };
    case 'spoil': {
      const how = pickOne(random, ['slow', 'lossy'] as const);
      return { at_s, kind, how, for_s: between(SPOIL_S) };
    }
    case 'kill-rsync':
      return { at_s, kind };
    case 'fill-disk':
      return { at_s, kind, site: pickOne(random, sites), for_s: between(FULL_S) };
    case 'shift-clock': {
      const offset_s = integerBetween(random, -CLOCK_S_MAX, CLOCK_S_MAX);
      return { at_s, kind, site: pickOne(random, sites), offset_s };
    }
    case 'duplicate':
    case 'replay': {
      const count = integerBetween(random, 1, COPIES_MAX);
      return { at_s, kind, site: pickOne(random, sites), count };
    }
  }
}

/** One line for a person. */
export function describeFault(fault: Fault): string {
  const { at_s, kind, ...rest } = fault;
  const details = Object.entries(rest).map(([name, value]) => `${name} ${value}`);
  return `${at_s.toFixed(1).padStart(7)} s  ${[kind, ...details].join(', ')}`;
}
