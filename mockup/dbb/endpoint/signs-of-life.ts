// Whether a process that is on record still lives: on this machine that is seen at once, elsewhere by
// its signs of life.

import { parseTimestamp } from '../../core/timestamps.ts';

/** `gone`: there is no such process any more; `silent`: it gave no sign of life for too long. */
export type Life = 'alive' | 'gone' | 'silent';

export interface LifeOptions {
  isProcessGone(machine: string, pid: number): boolean;
  now_ms: number;
}

export interface OnRecord {
  machine: string;
  pid: number;
  seen?: string;
  started: string;
  /** Of a process that has files in its hands. */
  working?: boolean;
  lease_s?: number;
}

const REST_S = 60;
const MISSED = 3;

export function lifeOf(process: OnRecord, { isProcessGone, now_ms }: LifeOptions): Life {
  const { machine, pid, seen, started, working, lease_s } = process;
  if (isProcessGone(machine, pid)) return 'gone';
  const every_s = working && lease_s !== undefined ? lease_s : REST_S;
  const last_ms = parseTimestamp(seen ?? started);
  return now_ms - last_ms > every_s * MISSED * 1000 ? 'silent' : 'alive';
}
