// The demonstration: launches OUSs at intervals, and does what persons would do for those that
// stop on their way: a failed one is queued again, one with a recipe for persons is launched anew.

import { createLauncher } from '../../actors/launcher/launcher.ts';
import type { OusDocument } from '../../core/ous/ous.ts';
import { isPipelineRecipe } from '../../core/ous/recipes.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { deliberateWait } from '../../platform/actor/deliberate-wait.ts';
import { workOnDocuments } from '../../platform/couch/documents/document-work.ts';
import type { LiveDocuments } from '../../platform/couch/documents/live-documents.ts';
import { numberBetween } from '../../platform/random/random.ts';
import type { DemoPlan } from './demo-plan.ts';
import type { DemoOus } from './ous-file.ts';
import { queueAgain } from './queue-again.ts';
import { selectFrom } from './select-from.ts';

const LAUNCH_INTERVAL_S = 2;
const THINKING_S = [1, 3] as const;
const CONCURRENCY = 8;

export interface Demo {
  stop(): Promise<void>;
}

/** `ouss`: all OUSs of JAO, followed. An error of a launch is told to `onError`. */
export function startDemo(
  ports: ActorPorts,
  plan: DemoPlan,
  ouss: LiveDocuments<OusDocument>,
  onError: (error: unknown) => void,
): Demo {
  const stopping = new AbortController();
  const { signal } = stopping;
  const planned = new Map(plan.ouss.map((ous) => [ous.ousUid, ous]));
  const launching = launchAll(ports, plan, signal).catch((error) => {
    if (!signal.aborted) onError(error);
  });
  const work = workOnDocuments(ports, {
    documents: selectFrom(ouss, (ous) => (isStuck(ous, planned) ? ous : undefined)),
    concurrency: CONCURRENCY,
    handle: async (ous, workSignal) => {
      await deliberateWait(ports, numberBetween(ports.random, ...THINKING_S), workSignal);
      const given = planned.get(ous.entityId);
      if (given) await helpOn(ports, plan, ous, given, workSignal);
    },
  });
  return {
    stop: async () => {
      stopping.abort(new Error('stopping'));
      await Promise.all([work.stop(), launching]);
    },
  };
}

async function launchAll(ports: ActorPorts, plan: DemoPlan, signal: AbortSignal): Promise<void> {
  for (const [index, ous] of plan.ouss.entries()) {
    if (index > 0) await deliberateWait(ports, LAUNCH_INTERVAL_S, signal);
    signal.throwIfAborted();
    await launch(ports, ous, plan.cause);
  }
}

async function launch(ports: ActorPorts, ous: DemoOus, cause: string): Promise<void> {
  const launcher = await createLauncher(ports, { ...ous, cause });
  await launcher.finished;
}

/** One that no actor takes any further. */
function isStuck(ous: OusDocument, planned: ReadonlyMap<string, DemoOus>): boolean {
  if (!planned.has(ous.entityId)) return false;
  if (ous.state === 'ProcessingProblem') return true;
  return ous.state === 'ReadyForProcessing' && !!ous.substate && !isPipelineRecipe(ous.substate);
}

async function helpOn(
  ports: ActorPorts,
  plan: DemoPlan,
  ous: OusDocument,
  given: DemoOus,
  signal: AbortSignal,
): Promise<void> {
  if (ous.state !== 'ProcessingProblem') {
    await launch(ports, given, `${plan.cause}, again after ${ous.timestamp}`);
    return;
  }
  await queueAgain(ports, ous, { signal });
}
