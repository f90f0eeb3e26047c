// Between one simulated process and everything outside it. Each asynchronous port call is numbered
// and can be the one at which the process dies: before it, or after its effect but before the
// answer. Nothing that a dead process began takes effect or settles any more. It can also be frozen
// there, and come back.

import type { Clock } from '../../platform/clock/clock.ts';

export type Moment = 'before' | 'after';

/** What happens to a process at one of its port calls, before its effect or after it. */
export type Strike = { moment: Moment } & (
  | { do: 'kill' }
  /** As SIGSTOP, and SIGCONT after so long; its children go on. */
  | { do: 'freeze'; for_ms: number }
  /** The request or its answer is so long on its way. */
  | { do: 'delay'; for_ms: number }
  /** The call fails: before it has an effect, or after that, as where the answer is lost. */
  | { do: 'fail'; error(): Error }
  /** The effect ends in the middle, where a half of it is possible. */
  | { do: 'break' }
);

/** Asked at each call, counted from 1; what it returns befalls the process. */
export type StrikeAt = (call: { name: string; number: number }) => Strike | undefined;

/** At which call of a process it dies; calls are counted from 1. */
export interface CrashPlan {
  call: number;
  moment: Moment;
  /** It does not die but is frozen (SIGSTOP) for so long. */
  frozenFor_ms?: number;
}

export function strikeOf(plan: CrashPlan): StrikeAt {
  const { call, moment, frozenFor_ms: for_ms } = plan;
  return ({ number }) => {
    if (number !== call) return undefined;
    return for_ms === undefined ? { do: 'kill', moment } : { do: 'freeze', moment, for_ms };
  };
}

export interface PortGateOptions {
  clock: Clock;
  /** How long a call or its answer travels; asked for each. */
  latency_ms(): number;
  strikeAt?: StrikeAt | undefined;
  /** Ends the process when a strike kills it; must come back to `end`. */
  onKill?(): void;
}

export class PortGate {
  /** Names of the calls so far: call `k` is at `k - 1`. */
  readonly calls: string[] = [];
  /** True once something befell the process at a call. */
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

  /**
   * One port call; never settles when the process dies meanwhile. `half`: what it does where it
   * breaks off in the middle.
   */
  async call<T>(
    name: string,
    effect: () => Promise<T>,
    half: () => Promise<T> = effect,
  ): Promise<T> {
    if (!this.alive) return never();
    const number = this.calls.push(name);
    const strike = this.#options.strikeAt?.({ name, number });
    const isRefused = strike?.do === 'fail' && strike.moment === 'before';
    if (strike?.moment === 'before') await this.#suffer(strike);
    // What it was about to ask for it asks for when it is back.
    if (this.#frozen) await this.whileFrozen();
    await this.travel();
    const whole = strike?.do === 'break' ? half : effect;
    let settle = await outcomeOf(isRefused ? () => Promise.reject(strike.error()) : whole);
    if (strike?.moment === 'after') {
      await this.#suffer(strike);
      if (strike.do === 'fail') settle = await outcomeOf(() => Promise.reject(strike.error()));
    }
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

  /** As `kill -9` from inside. */
  die(): void {
    this.#options.onKill?.();
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

  async #suffer(strike: Strike): Promise<void> {
    if (!this.alive) return;
    const { clock, onKill } = this.#options;
    this.crashed = true;
    if (strike.do === 'kill') onKill?.();
    else if (strike.do === 'freeze') {
      this.freeze();
      clock.timer(strike.for_ms, () => this.thaw());
    } else if (strike.do === 'delay') {
      await new Promise<void>((resolve) => clock.timer(strike.for_ms, resolve));
    }
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
