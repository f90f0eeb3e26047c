// Images that come when nobody waits for them any more are put on record with their visit, and
// images of visits that nobody announced by themselves. A subscription of its own to the image events
// is kept for that, one for each camera.

import { readImageName } from '../../core/prompt/image-name.ts';
import { isVisitKey, visitId } from '../../core/prompt/visit.ts';
import { isFinal, type Snap, type VisitRecord, withMark } from '../../core/prompt/visit-record.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database } from '../../platform/couch/database.ts';
import { updateDocument } from '../../platform/couch/documents/update-document.ts';
import type { Logger } from '../../platform/log/logger.ts';

export interface ImageEvent {
  object: string;
  /** When it was stored, as the bucket says: ISO 8601, UTC. */
  stored: string;
}

export interface LateImagesPorts {
  clock: Clock;
  log: Logger;
  database: Database;
  /** An image whose visit is not on record after this time was never announced. */
  giveUp_s: number;
  /** Keeps what belongs to no visit where a person sees it. */
  refuse(id: string, reason: string, body: unknown): Promise<unknown>;
}

/** False: nothing can be said of it yet, it is to be asked again. Rejects where the database fails. */
export async function recordIfLate(ports: LateImagesPorts, event: ImageEvent): Promise<boolean> {
  const image = readImageName(event.object);
  if (!image || !isVisitKey(image)) return true;
  const id = visitId(image);
  const record = await ports.database.get<VisitRecord>(id);
  if (!record) return isUnannounced(ports, event);
  if (record.snaps.some(({ object }) => object === event.object)) return true;
  if (!isLate(record)) return record.state === 'ignored';
  const arrived = new Date(ports.clock.now()).toISOString();
  const { snap, exposureId } = image;
  const late: Snap = { snap, exposureId, ...event, arrived, late: true };
  await updateDocument<VisitRecord>(ports.database, id, (current) => {
    if (!current || !isLate(current)) return current;
    if (current.snaps.some(({ object }) => object === event.object)) return current;
    return withMark({ ...current, snaps: [...current.snaps, late] });
  });
  ports.log.warn({ visit: id, object: event.object }, 'an image came too late');
  return true;
}

/** Its worker does not wait any more; should it begin again, it looks into the bucket itself. */
function isLate(record: VisitRecord): boolean {
  return record.state === 'processing' || (isFinal(record) && record.state !== 'ignored');
}

async function isUnannounced(
  { clock, log, giveUp_s, refuse }: LateImagesPorts,
  { object, stored }: ImageEvent,
): Promise<boolean> {
  if (clock.now() - Date.parse(stored) < giveUp_s * 1000) return false;
  log.error({ object }, 'an image of a visit that nobody announced');
  await refuse(`image_${object}`, 'an image of a visit that nobody announced', { object, stored });
  return true;
}
