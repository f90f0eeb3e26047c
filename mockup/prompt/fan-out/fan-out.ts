// Makes of one nextVisit for a pointing one for each detector that takes part.

import { describeError } from '../../core/errors.ts';
import { instrumentNamed } from '../../core/prompt/instruments.ts';
import type { Visit } from '../../core/prompt/visit.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { Publisher } from '../cloud/cloud-clients.ts';
import type { DetectorTable } from './detector-table.ts';
import { readPointing, visitsOf } from './pointing.ts';

export interface FanOutPorts {
  log: Logger;
  publisher: Publisher;
  detectors: DetectorTable;
  /** Keeps what can't be read where a person sees it. */
  refuse(id: string, reason: string, body: unknown): Promise<unknown>;
  /** Records a visit that comes too old, without its workers being asked. */
  expired(visits: readonly Visit[], age_s: number): Promise<void>;
  expiry_s: number;
  now_ms(): number;
}

export interface PointingMessage {
  id: string;
  data: Buffer;
  published_ms: number;
}

/** How many visits were published. Rejects where the topic can't be reached: it comes again. */
export async function fanOut(ports: FanOutPorts, message: PointingMessage): Promise<number> {
  const visits = await readVisits(ports, message);
  const age_s = (ports.now_ms() - message.published_ms) / 1000;
  if (age_s > ports.expiry_s) {
    await ports.expired(visits, age_s);
    return 0;
  }
  await ports.publisher.publish(
    'nextVisit',
    visits.map((visit) => ({
      data: Buffer.from(JSON.stringify(visit)),
      attributes: { instrument: visit.instrument },
    })),
  );
  return visits.length;
}

/** None where it can't be read, points at nothing, or no detector takes part. */
async function readVisits(
  { log, detectors, refuse }: FanOutPorts,
  { id, data }: PointingMessage,
): Promise<readonly Visit[]> {
  try {
    const pointing = readPointing(JSON.parse(data.toString()));
    const { name } = instrumentNamed(pointing.instrument);
    return visitsOf(pointing, detectors.get(name) ?? []) ?? [];
  } catch (error) {
    const reason = describeError(error);
    log.error({ reason }, 'a nextVisit that can not be fanned out');
    await refuse(`pointing_${id}`, reason, data.toString('utf8', 0, 2000));
    return [];
  }
}
