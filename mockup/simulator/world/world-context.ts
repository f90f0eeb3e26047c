// What all processes of one simulated world share.

import type { Actor, ActorPorts } from '../../platform/actor/actor.ts';
import type { Random } from '../../platform/random/random.ts';
import type { VirtualClock } from '../clock/virtual-clock.ts';
import type { CollectedLog } from '../log/collected-log.ts';
import type { Launch, RunningProcess } from './launch.ts';
import type { Network } from './network.ts';
import type { ProcessTable } from './process-table.ts';

/** What the command line of a child program is in the live world. */
interface ProgramStart {
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  directory: string | undefined;
}

export type Program = (ports: ActorPorts, start: ProgramStart) => Promise<Actor>;

export interface WorldContext {
  readonly seed: string;
  readonly pace: number;
  /** Nothing stands between a process and its ports. */
  readonly undisturbed: boolean;
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly log: CollectedLog;
  readonly network: Network;
  readonly table: ProcessTable;
  /** Child programs by name: `pipeline-driver`, `pipeline`. */
  readonly programs: Readonly<Record<string, Program>>;
  requestLatency_ms(): number;
  /** Starts a process; it dies where the world's crash plan says so. */
  spawn(launch: Launch): RunningProcess;
}
