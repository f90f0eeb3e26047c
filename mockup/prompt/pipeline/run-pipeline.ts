// The alert pipeline's stand-in, as a process of its own: takes its time, fails now and then, and
// writes what it found to the APDB together with the alerts, or nothing; then publishes those.

import { z } from 'zod';
import { readVisit, type Visit } from '../../core/prompt/visit.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Random } from '../../platform/random/random.ts';
import type { Publisher } from '../cloud/cloud-clients.ts';
import { isWritten, publishAlerts, writeDiaResult } from '../databases/apdb.ts';
import { openPostgres } from '../databases/postgres.ts';
import { differenceImaging } from './difference-imaging.ts';

const order = z.object({
  visit: z.unknown(),
  exposures: z.array(z.string()).min(1),
  apdb: z.string(),
  namespace: z.string(),
  alertTopic: z.string(),
  seed: z.int(),
  failureRate: z.number().min(0).max(1),
  processing_s: z.tuple([z.number(), z.number()]),
});

/** What the service asks of it, on standard input. */
export type PipelineOrder = Omit<z.infer<typeof order>, 'visit'> & { visit: Visit };

export interface PipelineAnswer {
  diaSources: number;
  diaObjects: number;
  alerts: number;
  /** It had been written before, by a worker that died before it could say so. */
  already: boolean;
}

/** How the process ends; anything else is a failure after which nobody knows what was written. */
export const exitCodes = { done: 0, failed: 2, wrongOrder: 64 } as const;

export function readOrder(text: string): PipelineOrder {
  const { visit, ...rest } = order.parse(JSON.parse(text));
  return { ...rest, visit: readVisit(visit) };
}

/** Throws where it fails; tried again, it writes or publishes what is still left to do. */
export async function runPipeline(
  ports: {
    clock: Clock;
    random: Random;
    publisher: Publisher;
    /** Called before anything is written; rejects where the visit went to another worker. */
    confirm(): Promise<void>;
  },
  given: PipelineOrder,
): Promise<PipelineAnswer> {
  const { clock, random, publisher } = ports;
  const { visit, exposures, namespace, seed } = given;
  const [shortest, longest] = given.processing_s;
  await clock.sleep(1000 * (shortest + random.next() * (longest - shortest)));
  if (random.next() < given.failureRate) throw new Error('difference imaging failed');
  const time = new Date(clock.now()).toISOString();
  const result = differenceImaging({ visit, snaps: exposures.length, seed, time });
  const postgres = openPostgres(given.apdb, { connections: 1 });
  try {
    const alerts = result.sources.map((source) => ({
      alertId: source.diaSourceId,
      instrument: visit.instrument,
      alert: JSON.stringify({ alertId: source.diaSourceId, ...result.visit, source }),
    }));
    const wasWritten = await isWritten(postgres, namespace, visit);
    await ports.confirm();
    const written = !wasWritten && (await writeDiaResult(postgres, namespace, result, alerts));
    // Also where it was written before: its worker may have died before it published.
    await publishAlerts(postgres, namespace, visit, (left) =>
      publisher.publish(
        given.alertTopic,
        left.map(({ alertId, instrument, alert }) => ({
          data: Buffer.from(alert),
          attributes: { instrument, alertId },
        })),
      ),
    );
    const objects = new Set(result.sources.map(({ diaObjectId }) => diaObjectId));
    return {
      diaSources: result.sources.length,
      diaObjects: objects.size,
      alerts: alerts.length,
      already: !written,
    };
  } finally {
    await postgres.close();
  }
}
