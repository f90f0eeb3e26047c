// The patient: what all examinations of `draws doctor` know of this site and of the others.

import type { Executive } from '../../core/executives.ts';
import type { ActorDocument } from '../../platform/actor/actor-document.ts';
import type { PlannedReplication, ReplicatedSite } from '../../replication/plan.ts';
import type { EnvironmentVariables } from '../environment.ts';

export interface Patient {
  env: EnvironmentVariables;
  here: ReplicatedSite;
  /** The other sites that are known, from options or from the replications that are set up. */
  peers: readonly ReplicatedSite[];
  /** What this site should pull. */
  plan: readonly PlannedReplication[];
  /** Why the replications of this site's server can't be read; undefined where they can. */
  unread: Error | undefined;
  /** Heartbeats of all sites, as they have arrived here. */
  actors: readonly ActorDocument[];
  /** This site's cache directory; undefined where none is set. */
  localCache: string | undefined;
  /** Where the Pipeline's run directories are; undefined where no cache is set. */
  runsDirectory: string | undefined;
  /** Caches of other sites that are reached by ssh. */
  remoteCaches: readonly RemoteCache[];
  ports: { cache: number; dashboard: number };
  now_ms: number;
}

export interface RemoteCache {
  executive: Executive;
  /** `user@host:directory`. */
  address: string;
}
