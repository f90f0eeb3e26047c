// A long-running actor and whoever starts it again: when its process was killed, a new one takes
// its place after a while. One that ends by itself in an error is started again where the supervisor
// does that, as the live one, until it has failed ten times in a row.

import type { Launch, ProcessEnd, RunningProcess } from './launch.ts';
import type { WorldContext } from './world-context.ts';

const FAILURES_MAX = 10;

export class SupervisedActor {
  readonly name: string;
  /** How many times it was started again. */
  restarts = 0;
  process: RunningProcess;
  readonly #world: WorldContext;
  readonly #launch: Launch;
  readonly #restartDelay_ms: number;
  readonly #onFailure: (error: Error) => void;
  readonly #restartsFailed: boolean;
  /** How many times in a row it ended in an error. */
  #failures = 0;
  #stopping = false;

  constructor(
    world: WorldContext,
    launch: Launch,
    options: {
      restartDelay_ms: number;
      restartsFailed: boolean;
      onFailure(error: Error): void;
    },
  ) {
    this.name = `${launch.name}@${launch.host.executive}`;
    this.#world = world;
    this.#launch = launch;
    this.#restartDelay_ms = options.restartDelay_ms;
    this.#restartsFailed = options.restartsFailed;
    this.#onFailure = options.onFailure;
    this.process = this.#start();
  }

  /** Kills the process as it is; it comes back after the delay. */
  crash(): void {
    this.process.kill();
  }

  /** For one that ended by itself. */
  startAgain(): void {
    this.restarts++;
    this.process = this.#start();
  }

  async stop(): Promise<ProcessEnd> {
    this.#stopping = true;
    return this.process.stop();
  }

  #start(): RunningProcess {
    const process = this.#world.spawn(this.#launch);
    void process.ended.then((end) => this.#afterEnd(end));
    return process;
  }

  #afterEnd(end: ProcessEnd): void {
    if (this.#stopping || end.exitCode === 0) return;
    this.#failures = end.signal === null ? this.#failures + 1 : 0;
    if (end.signal === null && (!this.#restartsFailed || this.#failures >= FAILURES_MAX)) {
      this.#onFailure(new Error(`${this.name} ended with exit code ${end.exitCode}`));
      return;
    }
    this.#world.clock.timer(this.#restartDelay_ms * 2 ** this.#failures, () => {
      if (!this.#stopping) this.startAgain();
    });
  }
}
