// Which OUSs a demonstration sends through. The plan is kept beside the databases: a line that is
// stopped and started again goes on with it, and makes a new one only when all of it is Delivered.

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OusDocument } from '../../core/ous/ous.ts';
import { hasCause } from '../../core/ous/ous.ts';
import type { DemoOus } from './ous-file.ts';

export interface DemoPlan {
  /** `demo <time>`: the cause of its launches, so that each happens once. */
  cause: string;
  ouss: DemoOus[];
}

/** The project and OUSs of the seed's instructions: uid://X1/X1/Xb0, Xb1, … */
const PROG_ID = '2015.1.00657.S';
const FIRST_NUMBER = 0xb0;
const ASKED_AT_A_TIME = 1000;
/** Whatever site it was with, it may go to another one from here. */
const ASSIGNED_ANEW: readonly string[] = ['ReadyForProcessing', 'ProcessingProblem'];

/** OUSs whose UIDs are not taken yet; `areTaken` is asked about many at once. */
export async function makeUpOuss(
  count: number,
  areTaken: (ousUids: readonly string[]) => Promise<readonly boolean[]>,
): Promise<DemoOus[]> {
  const ouss: DemoOus[] = [];
  for (let next = FIRST_NUMBER; ouss.length < count; next += ASKED_AT_A_TIME) {
    const ousUids = Array.from({ length: ASKED_AT_A_TIME }, (_, index) => uidOf(next + index));
    const taken = await areTaken(ousUids);
    const free = ousUids.filter((_, index) => !taken[index]);
    ouss.push(...free.map((ousUid) => ({ progId: PROG_ID, ousUid })));
  }
  return ouss.slice(0, count);
}

function uidOf(number: number): string {
  return `uid://X1/X1/X${number.toString(16)}`;
}

/** True once the OUS has come through since this plan launched it. */
export function isDelivered(ous: OusDocument | undefined, plan: DemoPlan): boolean {
  return ous?.state === 'Delivered' && hasCause(ous, plan.cause);
}

interface PlanLeft {
  /** The plan without those that are elsewhere. */
  left: DemoPlan;
  /** That are to come through still. */
  open: DemoOus[];
  /** For each that no site of this line can take any further, the site that has it. */
  elsewhere: string[];
}

/** Nothing is open where the databases were cleared since: none of its OUSs is there any more. */
export function whatIsLeft(
  plan: DemoPlan,
  find: (ousUid: string) => OusDocument | undefined,
  sites: readonly string[],
): PlanLeft {
  const isCleared = plan.ouss.every(({ ousUid }) => find(ousUid) === undefined);
  if (isCleared) return { left: plan, open: [], elsewhere: [] };
  const elsewhere: string[] = [];
  const ouss = plan.ouss.filter(({ ousUid }) => {
    const ous = find(ousUid);
    const waitsHere = ous && ASSIGNED_ANEW.includes(ous.state);
    const isDone = waitsHere || isDelivered(ous, plan);
    const site = isDone ? undefined : ous?.flags.PL_PROCESSING_EXECUTIVE;
    const isElsewhere = typeof site === 'string' && !sites.includes(site);
    if (isElsewhere) elsewhere.push(site);
    return !isElsewhere;
  });
  const open = ouss.filter(({ ousUid }) => !isDelivered(find(ousUid), plan));
  return { left: { ...plan, ouss }, open, elsewhere };
}

export function savePlan(dataDirectory: string, plan: DemoPlan): void {
  const path = planPath(dataDirectory);
  writeFileSync(`${path}.new`, JSON.stringify(plan));
  renameSync(`${path}.new`, path);
}

export function loadPlan(dataDirectory: string): DemoPlan | undefined {
  try {
    const plan = JSON.parse(readFileSync(planPath(dataDirectory), 'utf8')) as DemoPlan;
    return typeof plan.cause === 'string' && Array.isArray(plan.ouss) ? plan : undefined;
  } catch {
    return undefined;
  }
}

function planPath(dataDirectory: string): string {
  return join(dataDirectory, 'demo.json');
}
