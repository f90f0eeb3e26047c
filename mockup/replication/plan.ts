// Which database is pulled by which site from which other one. Each replication is a document of
// the receiver's `_replicator` database, under an id that depends on what it does alone, so that
// applying a plan again changes nothing.

import { databaseNames, type WorkflowDatabase, workflowDatabases } from '../core/databases.ts';
import type { Executive } from '../core/executives.ts';
import { messagesForArc } from '../core/messages/routing.ts';

/** A site and its server's URL, which may carry user and password. */
export interface ReplicatedSite {
  executive: Executive;
  url: string;
}

export interface PlannedReplication {
  /** Id of the document in the receiver's `_replicator`. */
  id: string;
  database: WorkflowDatabase;
  source: ReplicatedSite;
  receiver: ReplicatedSite;
  /** Mango selector of the documents that are replicated; without it all are. */
  selector?: Record<string, unknown>;
}

/** All pull replications between JAO and the ARCs; those of an ARC stand together. */
export function planReplications(
  jao: ReplicatedSite,
  arcs: readonly ReplicatedSite[],
): PlannedReplication[] {
  return arcs.flatMap((arc) =>
    workflowDatabases.flatMap(({ name, replication }) => {
      const toArc = { ...pull(name, jao, arc), ...selectorFor(name, arc) };
      return replication === 'both' ? [toArc, pull(name, arc, jao)] : [toArc];
    }),
  );
}

/** Of the messages an ARC gets its own; the rest of the line would cost it more than its work. */
function selectorFor(database: WorkflowDatabase, arc: ReplicatedSite) {
  return database === databaseNames.messages ? { selector: messagesForArc(arc.executive) } : {};
}

function pull(
  database: WorkflowDatabase,
  source: ReplicatedSite,
  receiver: ReplicatedSite,
): PlannedReplication {
  const id = `draws-${database}-from-${source.executive}-to-${receiver.executive}`;
  return { id, database, source, receiver };
}
