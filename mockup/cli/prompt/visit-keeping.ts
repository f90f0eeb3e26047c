// What `prompt-proto cloud-run` does for the visits of its camera, beside running workers: requests
// that lost their worker, visits that nobody takes up again, images that come too late.

import { describeError } from '../../core/errors.ts';
import type { Visit } from '../../core/prompt/visit.ts';
import { imageEvent, openCloudClients } from '../../prompt/cloud/cloud-clients.ts';
import type {
  InstanceCounts,
  LostRequest,
  ReceivedRequest,
} from '../../prompt/cloud-run/cloud-run.ts';
import { isToken, readEnvelope } from '../../prompt/service/envelope.ts';
import { VISIT_LEASE_MS } from '../../prompt/visits/claim-sights.ts';
import { recordIfLate } from '../../prompt/visits/late-images.ts';
import { VisitKeeper } from '../../prompt/visits/visit-keeper.ts';
import { VisitStore } from '../../prompt/visits/visit-store.ts';
import { workerName } from '../../prompt/visits/worker-name.ts';
import { WorkersReport } from '../../prompt/visits/workers-report.ts';
import type { CommandContext } from '../command.ts';
import { followTopic } from './follow-topic.ts';
import { databaseOf, type PromptPorts } from './servers/prompt-ports.ts';

export interface Keeping {
  received(request: ReceivedRequest): void;
  lost(request: LostRequest): Promise<void>;
  counted(counts: InstanceCounts): void;
  close(): Promise<void>;
}

interface KeepingOptions {
  instrument: string;
  token: string;
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
  const visits = new VisitStore({ clock, database, worker, lease_ms: VISIT_LEASE_MS });
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
    received: (request) => {
      announce(visits, request, options).catch((error: unknown) => {
        log.warn({ reason: describeError(error) }, 'could not put on record what was announced');
      });
    },
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

/** What can't be read, or is for somebody else, is the service's to tell of. */
async function announce(
  visits: VisitStore,
  { url, body }: ReceivedRequest,
  { instrument, token }: KeepingOptions,
): Promise<void> {
  const given = URL.parse(url, 'http://localhost')?.searchParams.get('token');
  if (!isToken(given ?? undefined, token)) return;
  const visit = visitIn(body);
  if (visit?.instrument === instrument) await visits.announce(visit);
}

function visitIn(body: Buffer): Visit | undefined {
  try {
    return readEnvelope(JSON.parse(body.toString())).visit;
  } catch {
    return undefined;
  }
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
