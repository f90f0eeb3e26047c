// What of the line was reached: the steps through the life cycle, and the port calls of each process,
// with the faults that befell them. What never was is where the next storms should go.

import type { Executive } from '../../core/executives.ts';
import { transitions } from '../../core/ous/life-cycle.ts';
import type { Aim } from '../storm/draw-plan.ts';
import type { Summary } from './summary.ts';

export interface Coverage {
  /** Of all that there are. */
  transitions: { reached: number; all: number; never: string[] };
  /** Port calls that were made, each with a kind of strike and a moment. */
  strikes: { reached: number; all: number };
  /** Calls that were made, and that nothing ever befell: `dra@JAO msgq.bulk`. */
  neverStruck: string[];
}

const KINDS = ['kill before', 'kill after', 'freeze before', 'freeze after'];

export function coverageOf({ transitions: seen, calls, struck }: Summary): Coverage {
  const all = transitions.map(({ from, to }) => `${from} > ${to}`);
  const never = all.filter((step) => seen[step] === undefined);
  const made = Object.keys(calls);
  const cells = made.flatMap((call) => KINDS.map((kind) => `${call} ${kind}`));
  const hit = new Set(Object.keys(struck).map((one) => one.split(' ').slice(0, -2).join(' ')));
  return {
    transitions: { reached: all.length - never.length, all: all.length, never },
    strikes: {
      reached: cells.filter((cell) => struck[cell] !== undefined).length,
      all: cells.length,
    },
    neverStruck: made.filter((call) => !hit.has(call)).sort(),
  };
}

/** One of the calls that were never struck, another for each `n`; undefined where there is none. */
export function nextAim(summary: Summary, n: number): Aim | undefined {
  const { neverStruck } = coverageOf(summary);
  const chosen = neverStruck[n % Math.max(1, neverStruck.length)];
  return chosen === undefined ? undefined : parseAim(chosen);
}

/** `dra@JAO msgq.bulk`; undefined for what is none. */
export function parseAim(text: string): Aim | undefined {
  const match = /^([a-z0-9-]+)@([A-Z]+) (\S.*)$/.exec(text);
  const [, process = '', site = '', call = ''] = match ?? [];
  return match ? { process, site: site as Executive, call } : undefined;
}

export function aimText({ process, site, call }: Aim): string {
  return `${process}@${site} ${call}`;
}
