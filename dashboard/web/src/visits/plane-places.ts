// Where each detector of a visit is drawn. A camera that is not known has those that were announced
// in a square.

import { type DetectorPlace, focalPlane } from '../../../../mockup/core/prompt/focal-plane.ts';
import { instruments } from '../../../../mockup/core/prompt/instruments.ts';
import type { VisitGroup } from '../model/visit-groups.ts';

const planes = new Map<string, DetectorPlace[]>(
  instruments.map(({ name }) => [name, focalPlane(name)]),
);

export function placesOf({ instrument, visits }: VisitGroup): readonly DetectorPlace[] {
  const plane = planes.get(instrument) ?? [];
  const known = new Set(plane.map(({ detector }) => detector));
  const others = [...visits.keys()].filter((detector) => !known.has(detector));
  if (others.length === 0) return plane;
  const below = Math.min(0, ...plane.map(({ y }) => y)) - (plane.length > 0 ? 2 : 0);
  const side = Math.max(widthOf(plane), Math.ceil(Math.sqrt(others.length)));
  const rows = others
    .sort((one, other) => one - other)
    .map((detector, index) => ({
      ...{ detector, name: String(detector) },
      x: (index % side) - (side - 1) / 2,
      y: below - Math.floor(index / side),
    }));
  return [...plane, ...rows];
}

function widthOf(places: readonly DetectorPlace[]): number {
  const xs = places.map(({ x }) => x);
  return xs.length === 0 ? 1 : Math.max(...xs) - Math.min(...xs) + 1;
}

/** What is beside a detector in a direction: the nearest that is more that way than aside. */
export function neighbourOf(
  places: readonly DetectorPlace[],
  from: DetectorPlace,
  [right, up]: readonly [number, number],
): DetectorPlace | undefined {
  let nearest: { place: DetectorPlace; distance: number } | undefined;
  for (const place of places) {
    const [dx, dy] = [place.x - from.x, place.y - from.y];
    const along = dx * right + dy * up;
    const aside = Math.abs(dx * up) + Math.abs(dy * right);
    if (along <= 0 || aside > along) continue;
    const distance = along + 2 * aside;
    if (!nearest || distance < nearest.distance) nearest = { place, distance };
  }
  return nearest?.place;
}
