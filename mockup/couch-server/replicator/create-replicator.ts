import type { Clock } from '../../platform/clock/clock.ts';
import { createSystemClock } from '../../platform/clock/system-clock.ts';
import { badRequest } from '../couch-error.ts';
import type {
  ExtensionContext,
  ExtensionRequest,
  ExtensionResponse,
  ServerExtension,
} from '../extension.ts';
import { admitReplication } from './document-check.ts';
import { JobRegistry } from './jobs/job-registry.ts';
import { activeTask } from './jobs/job-views.ts';
import { ReplicatorScheduler, replicatorDatabase } from './jobs/scheduler.ts';
import { schedulerAnswer } from './jobs/scheduler-routes.ts';
import { createPeerFactory, type PeerFactory } from './peers/peer-factory.ts';
import { replicateOnce } from './replicate-once.ts';

// The replicator as the server mounts it: started when the server listens, asked for the paths it
// owns, stopped before the store closes.

export type ReplicatorOptions = {
  /** Milliseconds after a change until its place is recorded. Default 5000. */
  checkpointInterval_ms?: number;
  /** In [0, 1). */
  random?: () => number;
  clock?: Clock;
  /** How the ends of replications are reached; default: this server's store, and HTTP. */
  peers?: PeerFactory;
};

/** Starts the jobs of `_replicator` and answers `_replicate` and `_scheduler`. */
export async function createReplicator(
  context: ExtensionContext,
  options: ReplicatorOptions = {},
): Promise<ServerExtension> {
  const { store, url, isServerAdmin, tell } = context;
  const registry = new JobRegistry({
    serverId: store.uuid,
    peers: options.peers ?? createPeerFactory({ store, url, isServerAdmin }),
    clock: options.clock ?? createSystemClock(),
    checkpointInterval_ms: options.checkpointInterval_ms ?? 5_000,
    random: options.random ?? Math.random,
    ...(tell === undefined ? {} : { tell }),
  });
  const scheduler = new ReplicatorScheduler(store, registry);
  await scheduler.start();

  async function handle(request: ExtensionRequest): Promise<ExtensionResponse> {
    const [first] = request.segments;
    if (first === '_scheduler') return schedulerAnswer(request, { scheduler, registry, url });
    if (request.method !== 'POST') return notAPost(request);
    return replicateOnce(registry, request.body, request.signal);
  }

  return {
    paths: ['_replicate', '_scheduler'],
    handle,
    admit: (database, author, edit) =>
      database === replicatorDatabase ? admitReplication(author, edit) : edit,
    activeTasks: () =>
      registry
        .all()
        .filter((job) => job.state === 'running')
        .map((job) => activeTask(job, url)),
    stop: () => scheduler.stop(),
  };
}

/** CouchDB looks for the body before it looks at the method. */
function notAPost({ method, body }: ExtensionRequest): ExtensionResponse {
  if (method !== 'PUT' && body === undefined) throw badRequest('Missing request body');
  const answer = { error: 'method_not_allowed', reason: 'Only POST allowed' };
  return { status: 405, body: answer, headers: { Allow: 'POST' } };
}
