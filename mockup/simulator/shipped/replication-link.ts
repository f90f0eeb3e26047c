// The way that documents take from one site to another: it can be slow, be cut, or break off.

import type { Clock } from '../../platform/clock/clock.ts';
import { unreachableLink } from './unreachable-link.ts';

export interface ReplicationLinkOptions {
  clock: Clock;
  latency_ms(): number;
}

export class ReplicationLink {
  readonly #options: ReplicationLinkOptions;
  #isCut = false;
  #lost = new AbortController();

  constructor(options: ReplicationLinkOptions) {
    this.#options = options;
  }

  /** Aborted when the connections that are open now break. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Rejects where the link is cut, or was while this was on its way. */
  async travel(): Promise<void> {
    const { clock, latency_ms } = this.#options;
    const { lost } = this;
    if (this.#isCut) throw unreachableLink();
    await clock.sleep(latency_ms());
    if (this.#isCut || lost.aborted) throw unreachableLink();
  }

  cut(): void {
    this.#isCut = true;
    this.breakOff();
  }

  heal(): void {
    this.#isCut = false;
  }

  /** Open connections are lost: what came since the last checkpoint comes again. */
  breakOff(): void {
    this.#lost.abort(unreachableLink());
    this.#lost = new AbortController();
  }
}
