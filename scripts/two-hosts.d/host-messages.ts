// What the script and the agent of a host tell each other over their channel.

import type { ProcessEvent } from '../../mockup/cli/up/supervised-process.ts';

export interface HostIdentity {
  name: string;
  address: string;
  /** `/etc/hosts` and `/etc/ssh` of the host are in it. */
  directory: string;
  /** Removed by the agent when the script is gone, however that happened. */
  everything?: string;
}

export interface StartProcess {
  name: string;
  /** Program and arguments. */
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  logFile: string;
  /** Resolve with its first message instead of at once. */
  ready: boolean;
}

export type HostRequest =
  | { do: 'set-up'; identity: HostIdentity }
  | { do: 'connect'; link: string; address: string }
  | { do: 'run'; argv: readonly string[]; env: Readonly<Record<string, string>> }
  | { do: 'start'; process: StartProcess }
  | { do: 'stop'; name: string }
  /** Ends all processes. */
  | { do: 'leave' }
  | { do: 'signal'; name: string; signal: NodeJS.Signals }
  /** Waits so long for one to run; gives how many it found. */
  | { do: 'signal-programs'; program: string; signal: NodeJS.Signals; wait_ms: number }
  | { do: 'relay'; socket: string; host: string; port: number };

export interface RunResult {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export type FromHost =
  | { id: number; ok: true; value: unknown }
  | { id: number; ok: false; error: string }
  | { event: ProcessEvent };

export type ToHost = { id: number; request: HostRequest };
