// Database `visits` on the simulated server, under a virtual clock.

import { readVisit, type Visit, visitId } from '../../../mockup/core/prompt/visit.ts';
import type { VisitRecord } from '../../../mockup/core/prompt/visit-record.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { BY_OPEN } from '../../../mockup/prompt/visits/visit-queries.ts';
import { type ClaimedVisit, VisitStore } from '../../../mockup/prompt/visits/visit-store.ts';
import { createVirtualClock } from '../../../mockup/simulator/clock/virtual-clock.ts';
import { createSimulatedServer } from '../../../mockup/simulator/store/simulated-server.ts';

export const visit: Visit = readVisit({
  ...{ instrument: 'LSSTComCam', detector: 4, group: '2026112800011', snaps: 2, filter: 'r' },
  ...{ ra: 10, dec: -20, rot: 5, kind: 'SURVEY' },
});
export const LEASE_MS = 20_000;

export async function createVisitWorld() {
  const clock = createVirtualClock();
  const server = createSimulatedServer({ clock });
  await clock.complete(server.create('visits'));
  const database = server.open('visits');
  await clock.complete(database.ensureIndex(BY_OPEN));
  const storeOf = (worker: string) =>
    new VisitStore({ clock, database, worker, lease_ms: LEASE_MS });
  return {
    ...{ clock, database, log: silentLogger, storeOf },
    record: async (of: Visit = visit): Promise<VisitRecord> => {
      const found = await clock.complete(database.get<VisitRecord>(visitId(of)));
      if (!found) throw new Error('no record');
      return found;
    },
    claim: async (worker: string): Promise<ClaimedVisit> => {
      const outcome = await clock.complete(storeOf(worker).claim(visit));
      if (outcome.kind !== 'claimed') throw new Error(outcome.kind);
      return outcome.visit;
    },
  };
}

export type VisitWorld = Awaited<ReturnType<typeof createVisitWorld>>;

export const statesOf = ({ history }: VisitRecord): string[] => history.map(({ state }) => state);
