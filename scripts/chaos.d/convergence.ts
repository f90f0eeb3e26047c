// How long the line takes to come to rest once it is calm: every OUS Delivered, no message open or
// in flight, and the same revisions at both sites.

import type { OusDocument } from '../../mockup/core/ous/ous.ts';
import type { DatabaseServer } from '../../mockup/platform/couch/database.ts';
import { checkMessages } from '../../mockup/simulator/checkers/message-checker.ts';
import { checkReplicas } from '../../mockup/simulator/checkers/replica-checker.ts';

const INTERVAL_MS = 500;

export interface Convergence {
  converged: boolean;
  duration_s: number;
  /** What it was still waiting for. */
  waitingFor: string[];
}

export async function waitForRest(
  jao: DatabaseServer,
  arc: DatabaseServer,
  ousUids: readonly string[],
  limit_s: number,
  stopping: AbortSignal,
): Promise<Convergence> {
  const started = performance.now();
  for (;;) {
    const waitingFor = await unrest(jao, arc, ousUids).catch((error: Error) => [error.message]);
    const duration_s = (performance.now() - started) / 1000;
    const converged = waitingFor.length === 0;
    if (converged || duration_s > limit_s || stopping.aborted) {
      return { converged, duration_s, waitingFor };
    }
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}

async function unrest(
  jao: DatabaseServer,
  arc: DatabaseServer,
  ousUids: readonly string[],
): Promise<string[]> {
  const ouss = await jao.open('status-entities').allDocs<OusDocument>();
  const states = new Map(
    ouss.map(({ entityId, state, substate }) => [entityId, { state, substate }]),
  );
  const open = ousUids.flatMap((uid) => {
    const { state = 'not launched', substate = null } = states.get(uid) ?? {};
    return state === 'Delivered' ? [] : [`${uid} is ${state} ${substate ?? ''}`.trim()];
  });
  if (open.length > 0) return open;
  const messages = [...(await checkMessages(jao)), ...(await checkMessages(arc))];
  return messages.length > 0 ? messages : checkReplicas(jao, arc);
}
