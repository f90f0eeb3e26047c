// The DRA tool's conversation with a person: choose or paste an OUS, say where it goes.

import { describeError } from '../../core/errors.ts';
import { type Executive, executives, isExecutive } from '../../core/executives.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { fixedList, listOfDocuments } from '../../platform/console/document-list.ts';
import type { LiveDocuments } from '../../platform/couch/documents/live-documents.ts';
import type { Assignments } from './assignments.ts';
import { findWaiting } from './find-waiting.ts';
import type { DraOus } from './waiting-ous.ts';

const TIME_LIMIT_MS = 30_000;
const QUESTION = 'OUS to be processed (choose one, or paste its UID)';

/** Resolves when the person leaves or the signal is aborted; an empty list is waited on. */
export async function serveDesk(
  ports: ActorPorts,
  documents: LiveDocuments<DraOus>,
  assignments: Assignments,
  options: { locations: readonly Executive[]; signal: AbortSignal },
): Promise<void> {
  const { locations, signal } = options;
  const list = listOfDocuments(documents, ({ state, ousUid, progId, recipe }) =>
    state === 'ReadyForProcessing'
      ? { value: ousUid, description: `${progId} ${recipe}` }
      : undefined,
  );
  while (!signal.aborted) {
    const chosen = await ports.console.chooseFrom(QUESTION, list, signal);
    if (chosen === undefined) return;
    if (chosen.trim() === '') continue;
    try {
      const ous = await findWaiting(ports, chosen.trim());
      const location = await chooseLocation(ports, locations, signal);
      if (location === undefined) return;
      const request = { timeLimit_ms: TIME_LIMIT_MS, signal };
      const isAssigned = await assignments.assign(ous, location, request);
      ports.console.print(
        isAssigned
          ? `${ous.ousUid} goes to ${location}`
          : `${ous.ousUid} has been taken or changed meanwhile`,
      );
    } catch (error) {
      if (!signal.aborted) ports.console.print(describeError(error));
    }
  }
}

/** Undefined when the person left. */
async function chooseLocation(
  ports: ActorPorts,
  locations: readonly Executive[],
  signal: AbortSignal,
): Promise<Executive | undefined> {
  if (locations.length === 1) return locations[0];
  const offered = locations.length > 0 ? locations : executives;
  for (;;) {
    const list = fixedList(offered);
    const chosen = await ports.console.chooseFrom('Executive to process it', list, signal);
    if (chosen === undefined) return undefined;
    const location = chosen.trim().toUpperCase();
    if (isExecutive(location)) return location;
    ports.console.print(`not an executive: one of ${offered.join(', ')}`);
  }
}
