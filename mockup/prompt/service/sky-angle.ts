// Whether an image was taken as its visit was announced: a raw says in its FITS header at which angle the
// sky was on the camera. One that is more than a degree off belongs to something else, and is dropped.

const OFF_MAX_DEG = 1;
const CARD = 80;
const HEADER_BYTES_MAX = 256 * 1024;

/** `ROTPA` of the first header, in degrees; undefined for what is no FITS, or does not say. */
export function skyAngleIn(content: Uint8Array): number | undefined {
  const header = Buffer.from(content.subarray(0, HEADER_BYTES_MAX)).toString('latin1');
  if (!header.startsWith('SIMPLE  =')) return undefined;
  for (let at = 0; at + CARD <= header.length; at += CARD) {
    const card = header.slice(at, at + CARD);
    if (card.startsWith('END     ')) return undefined;
    if (!card.startsWith('ROTPA   =')) continue;
    const angle = Number.parseFloat(card.slice(10).split('/')[0] ?? '');
    return Number.isFinite(angle) ? angle : undefined;
  }
  return undefined;
}

/** True where the image does not say, too. */
export function isAsAnnounced(angle: number | undefined, announced: number): boolean {
  if (angle === undefined) return true;
  const apart = Math.abs(((((angle - announced) % 360) + 540) % 360) - 180);
  return apart <= OFF_MAX_DEG;
}
