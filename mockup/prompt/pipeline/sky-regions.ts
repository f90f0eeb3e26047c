// The sky in regions: rings of declination, each cut into pieces of about the same size. Templates
// and reference catalogues are kept by region.

import { focalPlane } from '../../core/prompt/focal-plane.ts';
import type { Visit } from '../../core/prompt/visit.ts';

/** Height of a ring in degrees. */
const RING_DEG = 1.5;
/** A detector's width on the sky in degrees (LSSTCam: 4,000 pixels of 0.2 arcseconds). */
const DETECTOR_DEG = 0.222;

/** `ring-piece`. Angles in degrees. */
export function regionOf(ra: number, dec: number): string {
  const rings = 180 / RING_DEG;
  const ring = Math.min(rings - 1, Math.max(0, Math.floor((dec + 90) / RING_DEG)));
  const middle = ((ring + 0.5) * RING_DEG - 90) * (Math.PI / 180);
  const pieces = Math.max(1, Math.round((360 * Math.cos(middle)) / RING_DEG));
  const turned = ((ra % 360) + 360) % 360;
  return `${ring}-${Math.min(pieces - 1, Math.floor((turned / 360) * pieces))}`;
}

/** The regions that a detector's image touches: those of its middle and its corners. */
export function regionsOf(visit: Visit): string[] {
  const place = focalPlane(visit.instrument).find(({ detector }) => detector === visit.detector);
  const { x, y } = place ?? { x: 0, y: 0 };
  const turn = visit.rot * (Math.PI / 180);
  const regions = new Set<string>();
  for (const [cornerX, cornerY] of [
    [0, 0],
    [-0.5, -0.5],
    [-0.5, 0.5],
    [0.5, -0.5],
    [0.5, 0.5],
  ] as const) {
    const [u, v] = [(x + cornerX) * DETECTOR_DEG, (y + cornerY) * DETECTOR_DEG];
    const dec = Math.max(-90, Math.min(90, visit.dec + u * Math.sin(turn) + v * Math.cos(turn)));
    const stretch = Math.max(0.05, Math.cos(dec * (Math.PI / 180)));
    const ra = visit.ra + (u * Math.cos(turn) - v * Math.sin(turn)) / stretch;
    regions.add(regionOf(ra, dec));
  }
  return [...regions];
}
