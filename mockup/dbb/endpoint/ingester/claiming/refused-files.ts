// Files whose document the database refused to write, for its own trouble or its rules: a daemon tries
// them again, and the place up to which all files have their document stays before them.

import type { Clock } from '../../../../platform/clock/clock.ts';
import type { Logger } from '../../../../platform/log/logger.ts';
import type { Candidate } from './candidates.ts';

export interface RefusedFilesOptions {
  clock: Clock;
  log: Logger;
  daemon: boolean;
  signal: AbortSignal;
}

const AGAIN_AFTER_MS = 10_000;

export class RefusedFiles {
  readonly #options: RefusedFilesOptions;

  constructor(options: RefusedFilesOptions) {
    this.#options = options;
  }

  /** Settles all but the refused ones, which come to `again` after a while. */
  sort(
    candidates: readonly Candidate[],
    refused: readonly Candidate[],
    again: (candidates: readonly Candidate[]) => void,
  ): void {
    const ids = new Set(refused.map(({ id }) => id));
    for (const { id, onSettled } of candidates) if (!ids.has(id)) onSettled?.();
    const [first] = refused;
    if (!first) return;
    const { clock, log, daemon, signal } = this.#options;
    log.error(
      { files: refused.length, id: first.id },
      'the database refuses the documents of files',
    );
    if (!daemon || signal.aborted) return;
    const end = (): void => cancel();
    const cancel = clock.timer(AGAIN_AFTER_MS, () => {
      signal.removeEventListener('abort', end);
      again(candidates.filter(({ id }) => ids.has(id)));
    });
    signal.addEventListener('abort', end, { once: true });
  }
}
