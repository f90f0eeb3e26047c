// A running two-site line that faults can be done to.

import type { FaultKind } from './fault-plan.ts';

export interface ChaosSite {
  name: string;
  /** Its database server, reachable whatever the link does; with user and password. */
  url: string;
  /** Directories as the checkers can read them. */
  cache: string;
  runs: string;
}

export interface ChaosWorld {
  jao: ChaosSite;
  arc: ChaosSite;
  /** Servers and actors by name. */
  processes: readonly string[];
  kinds: readonly FaultKind[];
  /** What it can't do, and why. */
  unable: readonly string[];
  /** False where it does not run just now. */
  signal(process: string, signal: NodeJS.Signals): Promise<boolean>;
  cut(): Promise<void>;
  /** Gives how; undefined where that is not possible. */
  spoil(how: 'slow' | 'lossy'): Promise<string | undefined>;
  mendLink(): Promise<void>;
  /** Those at JAO, waiting so long for one to run; gives how many there were. */
  killRsync(wait_ms: number): Promise<number>;
  fillDisk(site: string): Promise<void>;
  emptyDisk(site: string): Promise<void>;
  /** The clocks of a site's actors, against the machine's. */
  shiftClock(site: string, offset_s: number): Promise<void>;
  /** How often processes have been started again. */
  restarts(): number;
  stop(): Promise<void>;
}
