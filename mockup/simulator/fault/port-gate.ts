// Between one simulated process and everything outside it. Each asynchronous port call is numbered
// and can be the one at which the process dies: before it, or after its effect but before the
// answer. Nothing that a dead process began takes effect or settles any more. It can also be frozen
// there, and come back.

import type { Clock } from '../../platform/clock/clock.ts';

export type Moment = 'before' | 'after';

/** At which call of a process it dies; calls are counted from 1. */
export interface CrashPlan {
  call: number;
  moment: Moment;
  /** It does not die but is frozen (SIGSTOP) for so long. */
  frozenFor_ms?: number;
}

export interface PortGateOptions {
  clock: Clock;
  /** How long a call or its answer travels; asked for each. */
  latency_ms(): number;
  crash?: CrashPlan | undefined;
  /** Ends the process when its plan says so; must come back to `end`. */
  onCrash?(): void;
}

export class PortGate {
  /** Names of the calls so far: call `k` is at `k - 1`. */
  readonly calls: string[] = [];
  /** True once the process has died of its plan, or was frozen by it. */
  crashed = false;
  readonly #options: PortGateOptions;
  readonly #ended = new AbortController();
  readonly #releases = new Set<() => void>();
  /** While the process is frozen (SIGSTOP): what it would have heard meanwhile, in order. */
  #frozen: (() => void)[] | undefined;

  constructor(options: PortGateOptions) {
    this.#options = options;
  }

  get alive(): boolean {
    return !this.#ended.signal.aborted;
  }

  /** Aborted when the process ends: what it started elsewhere ends with it. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** One port call; never settles when the process dies meanwhile. */
  async call<T>(name: string, effect: () => Promise<T>): Promise<T> {
    if (!this.alive) return never();
    const number = this.calls.push(name);
    this.#crashAt(number, 'before');
    // What it was about to ask for it asks for when it is back.
    if (this.#frozen) await this.whileFrozen();
    await this.travel();
    const settle = await outcomeOf(effect);
    this.#crashAt(number, 'after');
    await this.travel();
    if (this.#frozen) await this.whileFrozen();
    return this.alive ? settle() : never();
  }

  /**
   * As SIGSTOP: it does nothing and hears nothing. What it asked for takes effect; its children
   * are processes of their own and go on.
   */
  freeze(): void {
    this.#frozen ??= [];
  }

  /** As SIGCONT: it hears everything that it missed, and its clock has gone on. */
  thaw(): void {
    const missed = this.#frozen ?? [];
    this.#frozen = undefined;
    for (const hear of missed) hear();
  }

  get isFrozen(): boolean {
    return this.#frozen !== undefined;
  }

  /** Resolves when the process is not frozen. */
  async whileFrozen(): Promise<void> {
    const frozen = this.#frozen;
    if (frozen) await new Promise<void>((resolve) => frozen.push(resolve));
  }

  /** Keeps what a dead process is told from reaching it. */
  guard<Arguments extends unknown[]>(
    callback: (...args: Arguments) => void,
  ): (...args: Arguments) => void {
    return (...args) => {
      if (this.#frozen) this.#frozen.push(() => this.alive && callback(...args));
      else if (this.alive) callback(...args);
    };
  }

  /** Runs when the process ends; the returned function takes it back. */
  onEnd(release: () => void): () => void {
    this.#releases.add(release);
    return () => this.#releases.delete(release);
  }

  /** The process is gone from now on. */
  end(): void {
    if (!this.alive) return;
    this.#ended.abort(new Error('the process ended'));
    for (const release of this.#releases) release();
    this.#releases.clear();
  }

  /** Half of a round trip; for a process that dies, or has died, it never ends. */
  async travel(): Promise<void> {
    if (!this.alive) return never();
    const { clock, latency_ms } = this.#options;
    const delay_ms = latency_ms();
    if (delay_ms > 0) await new Promise<void>((resolve) => clock.timer(delay_ms, resolve));
    return this.alive ? undefined : never();
  }

  #crashAt(call: number, moment: Moment): void {
    const { clock, crash, onCrash } = this.#options;
    if (!this.alive || crash?.call !== call || crash.moment !== moment) return;
    this.crashed = true;
    if (crash.frozenFor_ms === undefined) {
      onCrash?.();
      return;
    }
    this.freeze();
    clock.timer(crash.frozenFor_ms, () => this.thaw());
  }
}

/** What the process that asks has died of will not come to it. */
export function never(): Promise<never> {
  return new Promise(() => {});
}

async function outcomeOf<T>(effect: () => Promise<T>): Promise<() => T> {
  try {
    const value = await effect();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
