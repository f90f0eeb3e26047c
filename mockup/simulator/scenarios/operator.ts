// The person who looks after OUSs that nobody else takes further: one whose Pipeline run failed is
// queued again, one that got a manual recipe is launched anew for the Pipeline.

import { createLauncher } from '../../actors/launcher/launcher.ts';
import type { OusDocument } from '../../core/ous/ous.ts';
import { enteredAt } from '../../core/ous/reading.ts';
import { isPipelineRecipe } from '../../core/ous/recipes.ts';
import type { Actor, ActorPorts } from '../../platform/actor/actor.ts';
import { runOnce } from '../../platform/actor/one-shot.ts';
import { requestChange } from '../../platform/bus/xtss-client.ts';
import { bodyOf } from '../store/document-store.ts';
import type { World } from '../world/world.ts';

/** How long it takes them to notice. */
const NOTICE_MS = 10_000;
const RECIPE = 'PipelineCalibration';

/** Looks again after each write to the OUSs; the returned function ends that. */
export function startOperator(world: World): () => void {
  const store = world.network.host('JAO').server.store('status-entities');
  const seen = new Set<string>();
  const look = (): void => {
    for (const document of store.changesAfter(store.lastSeq - 1, 1)) {
      const ous = bodyOf(document) as unknown as OusDocument;
      const since = enteredAt(ous);
      const help = helpFor(world, ous, since);
      if (!help || seen.has(`${ous.entityId} ${since}`)) continue;
      seen.add(`${ous.entityId} ${since}`);
      world.clock.timer(NOTICE_MS, help);
    }
  };
  return store.onWrite(look);
}

function helpFor(world: World, ous: OusDocument, since: string): (() => void) | undefined {
  const { state, substate, entityId: ousUid, progID: progId } = ous;
  if (state === 'ProcessingProblem') {
    const factory = (ports: ActorPorts) => queueAgain(ports, ousUid, since);
    return () => void world.start({ site: 'JAO', name: 'operator', factory, options: undefined });
  }
  if (state !== 'ReadyForProcessing' || !substate || isPipelineRecipe(substate)) return undefined;
  const options = { progId, ousUid, recipe: RECIPE, cause: `for the Pipeline after ${since}` };
  return () =>
    world.startPatiently({ site: 'JAO', name: 'launcher', factory: createLauncher, options });
}

async function queueAgain(ports: ActorPorts, ousUID: string, since: string): Promise<Actor> {
  return runOnce(ports, async (signal) => {
    const cause = `queued again after ${since}`;
    const value = 'ReadyForProcessing';
    const change = { operation: 'set-state', value, ousUID, cause, since } as const;
    await requestChange(ports, change, { signal });
    return 0;
  });
}
