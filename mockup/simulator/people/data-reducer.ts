// The data reducers of one site: they reduce by hand what has a manual recipe, and look after runs
// of the Pipeline that failed. What they come up with goes the way of a Pipeline run: they start the
// pipeline driver themselves.

import { databaseNames } from '../../core/databases.ts';
import { documentId } from '../../core/identifiers.ts';
import type { OusDocument } from '../../core/ous/ous.ts';
import { enteredAt, readOus } from '../../core/ous/reading.ts';
import { isPipelineRecipe } from '../../core/ous/recipes.ts';
import { callDriver } from '../../core/programs/program-arguments.ts';
import { oussInStates } from '../../core/queries.ts';
import type { Actor, ActorPorts } from '../../platform/actor/actor.ts';
import { workOnDocuments } from '../../platform/couch/documents/document-work.ts';
import { followDocuments } from '../../platform/couch/documents/live-documents.ts';
import { requestChange } from '../../platform/xtss/xtss-client.ts';
import type { Staff } from './staff.ts';

/** Set for programs that a person starts: their work is done already. */
export const BY_HAND = 'DRAWS_SIMULATED_BY_HAND';

export interface DataReducerOptions {
  staff: Staff;
  cacheDirectory: string;
  /** Whether this site is to reduce the OUS by hand. */
  isOfThisSite(ousUid: string): boolean;
  /** Working time. */
  byHand_s(ousUid: string): number;
  problem_s(ousUid: string): number;
}

interface Task {
  kind: 'by-hand' | 'problem';
  ousUid: string;
  progId: string;
  recipe: string;
  since: string;
}

export async function createDataReducer(
  ports: ActorPorts,
  options: DataReducerOptions,
): Promise<Actor> {
  const database = ports.databases.open(databaseNames.statusEntities);
  const documents = await followDocuments<OusDocument, Task>(database, {
    queries: oussInStates('ReadyForProcessing', 'ProcessingProblem'),
    select: (doc) => taskOf(doc, ports, options),
  });
  const work = workOnDocuments(ports, {
    documents,
    concurrency: options.staff.count,
    handle: (task, signal) =>
      task.kind === 'problem'
        ? solve(ports, options, task, signal)
        : reduce(ports, options, task, signal),
  });
  return {
    stop: async () => {
      await work.stop();
      await documents.stop();
    },
  };
}

function taskOf(
  doc: OusDocument,
  { site }: ActorPorts,
  { isOfThisSite }: DataReducerOptions,
): Task | undefined {
  const ous = readOus(doc);
  if (!ous) return undefined;
  const { entityId: ousUid, progID: progId, state, substate, flags } = ous;
  const task = { ousUid, progId, recipe: String(substate), since: enteredAt(ous) };
  if (state === 'ProcessingProblem') {
    return flags.PL_PROCESSING_EXECUTIVE === site ? { ...task, kind: 'problem' } : undefined;
  }
  const isManual = state === 'ReadyForProcessing' && substate && !isPipelineRecipe(substate);
  return isManual && isOfThisSite(ousUid) ? { ...task, kind: 'by-hand' } : undefined;
}

async function solve(
  ports: ActorPorts,
  { staff, problem_s }: DataReducerOptions,
  { ousUid: ousUID, since }: Task,
  signal: AbortSignal,
): Promise<void> {
  await staff.work(problem_s(ousUID));
  const cause = `queued again after ${since}`;
  const value = 'ReadyForProcessing';
  await requestChange(ports, { operation: 'set-state', value, ousUID, cause, since }, { signal });
}

async function reduce(
  ports: ActorPorts,
  { staff, byHand_s, cacheDirectory }: DataReducerOptions,
  { ousUid, progId, recipe, since: readySince }: Task,
  signal: AbortSignal,
): Promise<void> {
  await staff.atWork();
  const since = await take(ports, ousUid, readySince, signal);
  if (since === undefined) return;
  await staff.work(byHand_s(ousUid));
  const runDirectory = `/by-hand/${documentId(ousUid)}_${since}`;
  const { args, env } = callDriver({
    ...{ progId, ousUid, since, runDirectory, cacheDirectory, failureRate: 0 },
    // The driver knows the Pipeline's names alone.
    recipe: recipe.replace(/^Manual/, 'Pipeline'),
  });
  await ports.programs.run('pipeline-driver', args, {
    env: { ...env, [BY_HAND]: 'yes' },
    directory: runDirectory,
    signal,
  });
  ports.activity.count('reductions');
}

/** When the OUS entered Processing for this; undefined where it has moved on. */
async function take(
  ports: ActorPorts,
  ousUID: string,
  readySince: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const cause = `by hand at ${ports.site}, ready since ${readySince}`;
  const outcome = await requestChange(
    ports,
    { operation: 'set-state', value: 'Processing', ousUID, cause, since: readySince },
    { signal },
  );
  if (outcome !== 'done') return undefined;
  await requestChange(ports, { operation: 'set-exec', value: ports.site, ousUID }, { signal });
  const database = ports.databases.open(databaseNames.statusEntities);
  // The change may still be on its way to this site.
  for (;;) {
    const stored = await database.get<OusDocument>(documentId(ousUID));
    const ous = stored && readOus(stored);
    if (ous?.state === 'Processing') return enteredAt(ous);
    await ports.clock.sleep(100, signal);
  }
}
