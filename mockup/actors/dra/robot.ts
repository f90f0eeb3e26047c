// The robot in place of the person at the DRA tool: takes each waiting OUS after a moment, and
// sends it to the executive that has the fewest in flight.

import type { Executive } from '../../core/executives.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { deliberateWait } from '../../platform/actor/deliberate-wait.ts';
import {
  type DocumentWork,
  workOnDocuments,
} from '../../platform/couch/documents/document-work.ts';
import type { LiveDocuments } from '../../platform/couch/documents/live-documents.ts';
import { numberBetween } from '../../platform/random/random.ts';
import type { Assignments } from './assignments.ts';
import type { DraOus } from './waiting-ous.ts';

const THINKING_S = [1, 3] as const;

interface OwnAssignment {
  location: Executive;
  /** Of the state that it ended. */
  since: string;
}

export function startRobot(
  ports: ActorPorts,
  documents: LiveDocuments<DraOus>,
  assignments: Assignments,
  locations: readonly Executive[],
): DocumentWork {
  /** Own assignments by OUS, until the feed brings them. */
  const recent = new Map<string, OwnAssignment>();
  let next = 0;

  /** The least loaded; of equals the one whose turn it is. */
  const chooseLocation = (): Executive => {
    const load = new Map<Executive | undefined, number>();
    for (const ous of documents.values()) {
      const at = whereabouts(ous, recent);
      load.set(at, (load.get(at) ?? 0) + 1);
    }
    const turn = [...locations.slice(next), ...locations.slice(0, next)];
    const least = Math.min(...turn.map((location) => load.get(location) ?? 0));
    const chosen = turn.find((location) => (load.get(location) ?? 0) === least);
    if (chosen === undefined) throw new RangeError('no location to assign to');
    next = (locations.indexOf(chosen) + 1) % locations.length;
    return chosen;
  };

  return workOnDocuments(ports, {
    documents,
    handle: async (ous, signal) => {
      if (ous.state !== 'ReadyForProcessing') {
        recent.delete(ous.id);
        return;
      }
      await deliberateWait(ports, numberBetween(ports.random, ...THINKING_S), signal);
      const now = documents.get(ous.id);
      if (now?.state !== 'ReadyForProcessing') return;
      const location = chooseLocation();
      if (await assignments.assign(now, location, { signal })) {
        recent.set(now.id, { location, since: now.since });
      }
    },
  });
}

function whereabouts(
  ous: DraOus,
  recent: ReadonlyMap<string, OwnAssignment>,
): Executive | undefined {
  if (ous.state === 'Processing') return ous.executive ?? ous.assignment?.location;
  const own = recent.get(ous.id);
  return own?.since === ous.since ? own.location : undefined;
}
