// What is on record of a simulated cycle: all that measures and reports are made of.

import type { Executive } from '../../core/executives.ts';
import type { OusState } from '../../core/ous/life-cycle.ts';

export interface OusRecord {
  ousUid: string;
  progId: string;
  array: string;
  byHand: boolean;
  executive: Executive;
  raw_bytes: number;
  products_bytes: number;
  observed_ms: number;
  /** Each stay in a state, by its beginning; the last goes on to the end. */
  states: { state: OusState; since_ms: number }[];
}

/** What is there so many times and in use now and then. */
export interface ResourceRecord {
  /** `slots at JAO`, `reviewers`, `link EU to JAO`. */
  name: string;
  kind: 'slots' | 'people' | 'link';
  /** The scenario's key that says how much of it there is. */
  key: string;
  capacity: number;
  /** Of what was there in the time in which it could be used, 0 to 1. */
  use: number;
  /** What was in use from when on: numbers of slots or persons, transfers of a link. */
  changes: [time_ms: number, inUse: number][];
}

export interface RunRecord {
  ousUid: string;
  site: Executive;
  begun_ms: number;
  ended_ms: number;
  run_s: number;
  outcome: 'completed' | 'problem';
}

export interface CycleRecord {
  name: string;
  seed: string;
  start_ms: number;
  /** Of the observations. */
  end_ms: number;
  /** When the last OUS was delivered, or patience ended. */
  over_ms: number;
  ouss: OusRecord[];
  runs: RunRecord[];
  resources: ResourceRecord[];
}
