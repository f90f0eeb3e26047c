// Whether batches can be begun on this machine. A disk that is full here, or fails, is no fault of
// the endpoint, and is told by its own name.

import { describeError } from '../../../core/errors.ts';
import { endpointDelay_ms, type HealthOptions } from '../endpoint/endpoint-health.ts';

type State =
  | { kind: 'works' }
  | { kind: 'fails'; error: string; attempts: number; retryAt_ms: number };

export class LocalHealth {
  readonly #options: HealthOptions;
  #state: State = { kind: 'works' };

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  get error(): string | undefined {
    return this.#state.kind === 'fails' ? this.#state.error : undefined;
  }

  get mayTry(): boolean {
    const now_ms = this.#options.clock.monotonic();
    return this.#state.kind === 'works' || this.#state.retryAt_ms <= now_ms;
  }

  works(): void {
    if (this.#state.kind === 'fails') this.#options.log.info({}, 'this machine works again');
    this.#state = { kind: 'works' };
  }

  failed(cause: unknown): void {
    const { clock, log } = this.#options;
    const error = describeError(cause);
    const attempts = this.#state.kind === 'fails' ? this.#state.attempts + 1 : 1;
    const isNew = this.error !== error;
    const delay_ms = endpointDelay_ms(attempts, this.#options);
    this.#state = { kind: 'fails', error, attempts, retryAt_ms: clock.monotonic() + delay_ms };
    const hint = /ENOSPC|EDQUOT|no space/i.test(error)
      ? 'make room on the disk of handoff.state, or of the holding area'
      : 'look at the disk of handoff.buffer and handoff.state';
    if (isNew) log.error({ reason: error, hint }, 'no batch can be begun on this machine');
  }
}
