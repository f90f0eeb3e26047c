// What an actor is: a factory over ports. No work at import; `stop` ends it; two can live in one
// process. Actors reach the outside through these ports alone, so the same code runs live and in
// the simulator.

import type { Executive } from '../../core/executives.ts';
import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../clock/clock.ts';
import type { OperatorConsole } from '../console/operator-console.ts';
import type { DatabaseServer } from '../couch/database.ts';
import type { Files } from '../files/files.ts';
import type { TreeSync } from '../files/tree-sync.ts';
import type { StaticSites } from '../http/static-site.ts';
import type { Logger } from '../log/logger.ts';
import type { Programs } from '../process/programs.ts';
import type { Random } from '../random/random.ts';

export interface ActorPorts {
  /** Where the actor runs (`DRAWS_LOCATION`). */
  site: Executive;
  /** `xtss`, `torque-maui`, …: part of what it writes into documents and logs. */
  name: string;
  /** Whose its changes are, where that is not `name@site`: a person at the dashboard. */
  author?: string | undefined;
  clock: Clock;
  random: Random;
  log: Logger;
  databases: DatabaseServer;
  bus: Bus;
  files: Files;
  treeSync: TreeSync;
  programs: Programs;
  sites: StaticSites;
  console: OperatorConsole;
  /** Tells others what the actor is doing; shown in its heartbeat. */
  activity: Activity;
  /** Multiplies every deliberate waiting time: 1 the mockup's, 0 none. */
  pace: number;
}

export interface Activity {
  /** Marks the start of work on something; the returned function marks its end. */
  begin(what: string): () => void;
  /** Counts something done. */
  count(what: string): void;
}

export interface Actor {
  /** Takes no new work, finishes or gives back what it has in flight, releases what it holds. */
  stop(): Promise<void>;
  /** Settles when the actor ends by itself (one-shot actors, a person who leaves). */
  finished?: Promise<ActorResult>;
}

interface ActorResult {
  exitCode: number;
}

export type ActorFactory<Options = undefined> = (
  ports: ActorPorts,
  options: Options,
) => Promise<Actor>;
