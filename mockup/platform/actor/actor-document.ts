// The document of a process in `actors`, and reading one: other versions of this product write
// there too, and anybody can.

import type { Holder } from '../bus/message.ts';
import type { Stored } from '../couch/database.ts';

export interface ActorDocument {
  _id: string;
  _rev?: string;
  name: string;
  site: string;
  host: string;
  pid: number;
  holder: Holder;
  started: string;
  timestamp: string;
  state: 'idle' | 'busy' | 'stopped';
  /** What it is working on, such as OUS UIDs. */
  workingOn: string[];
  counts: Record<string, number>;
  /** Of the product; sites of different versions are told of each other. */
  version?: string;
  /** What went wrong lately and will be tried again. */
  trouble?: string;
  /** How often in a row the same was told: what is over is not told again. */
  troubleTold?: number;
}

const STATES: readonly unknown[] = ['idle', 'busy', 'stopped'];

/** Undefined for what is no heartbeat; what may be missing is put right. */
export function readActor(doc: object): Stored<ActorDocument> | undefined {
  const { holder, workingOn, counts, version, trouble, troubleTold, ...rest } =
    doc as Stored<ActorDocument>;
  const { name, site, host, pid, started, timestamp, state } = rest;
  const texts: unknown[] = [name, site, host, started, timestamp];
  if (!texts.every((text) => typeof text === 'string') || typeof pid !== 'number')
    return undefined;
  if (!STATES.includes(state) || typeof holder?.machine !== 'string') return undefined;
  return {
    ...rest,
    holder,
    workingOn: Array.isArray(workingOn) ? workingOn.map(String) : [],
    counts: typeof counts === 'object' && counts !== null ? counts : {},
    ...(typeof version === 'string' && { version }),
    ...(typeof trouble === 'string' && { trouble }),
    ...(typeof troubleTold === 'number' && { troubleTold }),
  };
}
