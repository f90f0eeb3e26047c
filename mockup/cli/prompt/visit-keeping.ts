// What `prompt-proto cloud-run` does for the visits of its camera, beside running workers: requests
// that lost their worker, visits that nobody takes up again, images that come too late.

import type { InstanceCounts, LostRequest } from '../../prompt/cloud-run/cloud-run.ts';
import { imageEvent, openCloudClients } from '../../prompt/service/cloud-clients.ts';
import { readEnvelope } from '../../prompt/service/envelope.ts';
import { recordIfLate } from '../../prompt/visits/late-images.ts';
import { VisitKeeper } from '../../prompt/visits/visit-keeper.ts';
import { VisitStore } from '../../prompt/visits/visit-store.ts';
import { workerName } from '../../prompt/visits/worker-name.ts';
import { WorkersReport } from '../../prompt/visits/workers-report.ts';
import type { CommandContext } from '../command.ts';
import { followTopic } from './follow-topic.ts';
import { databaseOf, type PromptPorts } from './prompt-ports.ts';

export interface Keeping {
  lost(request: LostRequest): Promise<void>;
  counted(counts: InstanceCounts): void;
  close(): Promise<void>;
}

interface KeepingOptions {
  instrument: string;
  giveUp_s: number;
  minimum: number;
  maximum: number;
}

export async function openKeeping(
  ports: PromptPorts,
  context: CommandContext,
  options: KeepingOptions,
): Promise<Keeping> {
  const { clock, log } = ports;
  const database = await ports.database(databaseOf.visits);
  const cloud = await openCloudClients(context.env);
  const worker = workerName('cloud-run', process.pid);
  const visits = new VisitStore({ clock, database, worker, lease_ms: 0 });
  const keeper = new VisitKeeper({
    ...{ clock, log, database, ...options },
    deleteSubscription: (name) => cloud.deleteSubscription(name),
  });
  keeper.start();
  const report = new WorkersReport({ clock, log, database, ...options });
  report.start();
  const { instrument, giveUp_s } = options;
  const late = {
    ...{ clock, log, database, giveUp_s },
    refuse: (id: string, reason: string, body: unknown) => visits.refuse(id, reason, body),
  };
  const stopped = new AbortController();
  const following = followTopic({
    ...{ clock, log, cloud, signal: stopped.signal },
    ...{ topic: `${instrument}-image`, subscription: `late-${instrument}` },
    onMessage: async (message) => {
      const event = imageEvent(message);
      return !event || recordIfLate(late, event);
    },
  });
  return {
    lost: ({ instance, pid, outcome, body }) => abandon(visits, instance, pid, outcome, body),
    counted: (counts) => report.changed(counts),
    close: async () => {
      await report.stop();
      stopped.abort(new Error('the keeping stops'));
      await keeper.stop();
      await following;
      await cloud.close();
    },
  };
}

async function abandon(
  visits: VisitStore,
  instance: string,
  pid: number,
  outcome: LostRequest['outcome'],
  body: Buffer,
): Promise<void> {
  const { visit } = readEnvelope(JSON.parse(body.toString()));
  const state = outcome === 'limit' ? 'timed-out' : 'failed';
  const reason =
    outcome === 'limit' ? 'it took too long: its worker was killed' : 'its worker died';
  await visits.abandoned(visit, workerName(instance, pid), state, reason);
}
