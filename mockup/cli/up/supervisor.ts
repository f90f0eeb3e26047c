// The processes of a line: started together, watched, and stopped in the reverse order of their
// groups, so that actors can still write to the servers while they stop.

import { type ProcessEvent, type ProcessSpec, SupervisedProcess } from './supervised-process.ts';

const ACTORS_STOP_LIMIT_MS = 2_500;
const SERVERS_STOP_LIMIT_MS = 2_200;

export type ProcessGroup = 'servers' | 'actors';

export class Supervisor {
  readonly #onEvent: (event: ProcessEvent) => void;
  readonly #groups: Record<ProcessGroup, SupervisedProcess[]> = { servers: [], actors: [] };
  #stopping = false;

  constructor(onEvent: (event: ProcessEvent) => void) {
    this.#onEvent = onEvent;
  }

  start(group: ProcessGroup, spec: ProcessSpec): SupervisedProcess {
    if (this.#stopping) throw new Error('stopping');
    const started = new SupervisedProcess(spec, this.#onEvent);
    this.#groups[group].push(started);
    return started;
  }

  all(): SupervisedProcess[] {
    return [...this.#groups.servers, ...this.#groups.actors];
  }

  /** Leaves no process behind, in less than five seconds. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const { servers, actors } = this.#groups;
    await Promise.all(actors.map((one) => one.stop(ACTORS_STOP_LIMIT_MS)));
    await Promise.all(servers.map((one) => one.stop(SERVERS_STOP_LIMIT_MS)));
  }
}
