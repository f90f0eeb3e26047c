// The tester's night: groups, and for each the visits of all detectors and the images of all snaps.
// Source: the prototype's tester for ids, numbers of snaps and the order of things.

import { imageName } from '../../core/prompt/image-name.ts';
import type { Instrument } from '../../core/prompt/instruments.ts';
import type { Visit } from '../../core/prompt/visit.ts';
import type { Random } from '../../platform/random/random.ts';
import { integerBetween, numberBetween, pickOne } from '../../platform/random/random.ts';

export interface Group {
  group: string;
  /** One for each detector. */
  visits: Visit[];
}

const FILTERS = ['g', 'r', 'i', 'z'] as const;
const KINDS = ['BIAS', 'DARK', 'FLAT'] as const;
/** Of each snap, and of the way to the next pointing, in seconds. */
export const EXPOSURE_S = 18;
export const SLEW_S = 2;
const GROUPS_A_DAY = 100_000;

/** The first group after the largest that there is: plus 10 to 18. `today`: YYYYMMDD. */
export function firstGroup(today: string, largest: number | undefined, random: Random): number {
  const first = Number(today) * GROUPS_A_DAY;
  return Math.max(first, largest ?? 0) + integerBetween(random, 10, 18);
}

export function nextGroup(group: number, random: Random): number {
  return group + integerBetween(random, 10, 18);
}

export function makeGroup(
  instrument: Instrument,
  group: number,
  random: Random,
  options: { detectors?: readonly number[] | undefined; survey?: string | undefined } = {},
): Group {
  const all = Array.from({ length: instrument.detectors }, (_, n) => n);
  const pointing = {
    instrument: instrument.name,
    group: String(group),
    snaps: instrument.snaps,
    filter: pickOne(random, FILTERS),
    ra: rounded(numberBetween(random, 0, 360)),
    dec: rounded(numberBetween(random, -70, 10)),
    rot: rounded(numberBetween(random, 0, 359)),
    kind: pickOne(random, KINDS),
    ...(options.survey !== undefined && { survey: options.survey }),
  };
  return {
    group: String(group),
    visits: (options.detectors ?? all).map((detector) => ({ ...pointing, detector })),
  };
}

/** The same, as the scheduler announces it: once for all detectors. */
export function pointingOf({ group, visits }: Group): Record<string, unknown> {
  const [visit] = visits as [Visit];
  return {
    ...{ salIndex: 999, scriptSalIndex: 999, groupId: group, coordinateSystem: 2 },
    ...{ position: [visit.ra, visit.dec], rotationSystem: 2, cameraAngle: visit.rot },
    ...{ startTime: 0, filters: visit.filter, dome: 2, instrument: visit.instrument },
    duration: visit.snaps * (EXPOSURE_S + SLEW_S),
    ...{ nimages: visit.snaps, survey: visit.survey ?? '', totalCheckpoints: 1 },
    private_sndStamp: 0,
  };
}

/** The group's upper part + (its lower part × snaps) + the snap. */
export function exposureId(group: string, snaps: number, snap: number): string {
  const number = BigInt(group);
  const upper = number - (number % BigInt(GROUPS_A_DAY));
  return String(upper + (number % BigInt(GROUPS_A_DAY)) * BigInt(snaps) + BigInt(snap));
}

export function imageOf(visit: Visit, snap: number): string {
  const { instrument, detector, group, filter } = visit;
  const id = exposureId(group, visit.snaps, snap);
  return imageName({ instrument, detector, group, snap, exposureId: id, filter });
}

function rounded(degrees: number): number {
  return Math.round(degrees * 10_000) / 10_000;
}
