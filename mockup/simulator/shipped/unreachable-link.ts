// What a replicator is told where a link is down.

import { ReplicationError } from '../../couch-server/replicator/replication-error.ts';

export function unreachableLink(): ReplicationError {
  return new ReplicationError('unreachable', 'the link between the sites is down');
}
