// What the stand-in finds in a visit's images: as many sources, at places and with fluxes, as the
// visit and a seed give. The same visit always gives the same.

import { createHash } from 'node:crypto';
import type { Visit } from '../../core/prompt/visit.ts';
import { createSeededRandom } from '../../platform/random/seeded-random.ts';
import type { DiaResult, DiaSource } from '../databases/apdb.ts';

const SOURCES_MEAN = 12;
const KNOWN_OBJECTS = 5;
const HALF_DETECTOR_DEG = 0.11;

export interface Imaging {
  visit: Visit;
  /** How many snaps there are to work with. */
  snaps: number;
  seed: number;
  time: string;
}

/** Objects belong to a pointing and a detector: a second visit there sees some of them again. */
export function differenceImaging({ visit, snaps, seed, time }: Imaging): DiaResult {
  const { instrument, group, detector, filter } = visit;
  const random = createSeededRandom(`${seed}/${instrument}/${group}/${detector}`);
  const count = Math.max(1, Math.round(SOURCES_MEAN * (0.5 + random.next()) * Math.sqrt(snaps)));
  const field = `${instrument}/${visit.ra.toFixed(2)}/${visit.dec.toFixed(2)}/${detector}`;
  const known = Array.from({ length: KNOWN_OBJECTS }, (_, index) =>
    id64(`${field}/object/${index}`),
  );
  const sources = Array.from({ length: count }, (_, index): DiaSource => {
    const isKnown = index < KNOWN_OBJECTS && random.next() < 0.6;
    const psfFlux = 10 ** (2 + 2 * random.next());
    return {
      diaSourceId: id64(`${instrument}/${group}/${detector}/source/${index}`),
      diaObjectId: isKnown
        ? (known[index] as string)
        : id64(`${instrument}/${group}/${detector}/object/${index}`),
      ra: visit.ra + (random.next() - 0.5) * 2 * HALF_DETECTOR_DEG,
      dec: visit.dec + (random.next() - 0.5) * 2 * HALF_DETECTOR_DEG,
      psfFlux,
      snr: 5 + Math.log10(psfFlux) * random.next() * 20,
    };
  });
  const seen = new Set(sources.map(({ diaObjectId }) => diaObjectId));
  const forced = known
    .filter((diaObjectId) => !seen.has(diaObjectId))
    .map((diaObjectId) => ({ diaObjectId, psfFlux: 100 * random.next() }));
  return { visit: { instrument, group, detector, filter }, sources, forced, time };
}

/** A positive number of 63 bits. */
function id64(text: string): string {
  return String(createHash('sha256').update(text).digest().readBigUInt64BE() >> 1n);
}
