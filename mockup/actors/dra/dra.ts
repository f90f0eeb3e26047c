// The Data Reducer Assignment tool: sends OUSs that wait for the Pipeline to an executive, as a
// person at the terminal says, or by itself.

import { databaseNames } from '../../core/databases.ts';
import type { Executive } from '../../core/executives.ts';
import type { OusDocument } from '../../core/ous/ous.ts';
import { oussInStates } from '../../core/queries.ts';
import type { Actor, ActorPorts } from '../../platform/actor/actor.ts';
import type { OperatorConsole } from '../../platform/console/operator-console.ts';
import {
  followDocuments,
  type LiveDocuments,
} from '../../platform/couch/documents/live-documents.ts';
import { createAssignments } from './assignments.ts';
import { serveDesk } from './desk.ts';
import { startRobot } from './robot.ts';
import { asDraOus, type DraOus } from './waiting-ous.ts';

export interface DraOptions {
  /**
   * Where OUSs go. Without it a person is asked for each OUS, and the robot sends all to its own
   * site.
   */
  assignTo?: readonly Executive[] | undefined;
  /** A robot in place of the person. */
  auto?: boolean | undefined;
  /** Terminals of several persons, in place of this process's own. */
  consoles?: readonly OperatorConsole[] | undefined;
}

/** `finished` settles when the person leaves; the robot stays until it is stopped. */
export async function createDra(ports: ActorPorts, options: DraOptions): Promise<Actor> {
  const documents = await waitingOuss(ports);
  const assignments = createAssignments(ports, documents);
  const release = async () => {
    await assignments.stop();
    await documents.stop();
  };
  const locations = options.assignTo ?? [];
  if (options.auto) {
    const sites = locations.length > 0 ? locations : [ports.site];
    const robot = startRobot(ports, documents, assignments, sites);
    return {
      stop: async () => {
        await robot.stop();
        await release();
      },
    };
  }
  const leaving = new AbortController();
  const desks = (options.consoles ?? [ports.console]).map((console) =>
    serveDesk({ ...ports, console }, documents, assignments, {
      locations,
      signal: leaving.signal,
    }),
  );
  const desk = Promise.all(desks);
  return {
    finished: desk.then(() => ({ exitCode: 0 })),
    stop: async () => {
      leaving.abort(new Error('stopping'));
      await desk;
      await release();
    },
  };
}

/** Those that wait for the Pipeline, and those that it has been given. */
export function waitingOuss({ databases }: ActorPorts): Promise<LiveDocuments<DraOus>> {
  return followDocuments<OusDocument, DraOus>(databases.open(databaseNames.statusEntities), {
    queries: oussInStates('ReadyForProcessing', 'Processing'),
    select: asDraOus,
  });
}
