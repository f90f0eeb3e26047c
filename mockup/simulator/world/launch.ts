// What a process of the simulated world is started with, and what those who started it see of it.

import type { Actor, ActorPorts } from '../../platform/actor/actor.ts';
import type { OperatorScript } from '../console/scripted-console.ts';
import type { PortGate } from '../fault/port-gate.ts';
import type { SimulatedHost } from './network.ts';

export interface ProcessEnd {
  exitCode: number | null;
  signal: string | null;
}

export interface Launch {
  name: string;
  host: SimulatedHost;
  start(ports: ActorPorts): Promise<Actor>;
  /** Whether others see it in the `actors` database. */
  heartbeat: boolean;
  env: Readonly<Record<string, string>>;
  script?: OperatorScript | undefined;
}

export interface RunningProcess {
  readonly host: SimulatedHost;
  readonly env: Readonly<Record<string, string>>;
  /** Everything that it does goes through here. */
  readonly gate: PortGate;
  /** Settles when the process is gone. */
  readonly ended: Promise<ProcessEnd>;
  /** Asks it to end. */
  stop(): Promise<ProcessEnd>;
  kill(): void;
}
