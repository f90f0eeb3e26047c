// Retention while the manager runs: from time to time, when nothing is under way.

import { describeError } from '../../../core/errors.ts';
import type { HandoffParts } from '../parts.ts';
import { expireHeld } from './retention.ts';

/** The first time soon after the start, so that a full disk does not wait. */
const FIRST_MS = 30_000;

export class Retainer {
  readonly #parts: HandoffParts;
  readonly #stopping = new AbortController();
  #due_ms: number;
  #running: Promise<void> | undefined;

  constructor(parts: HandoffParts) {
    this.#parts = parts;
    const { retention } = parts.configuration.handoff;
    const first_ms = Math.min(FIRST_MS, (retention?.every ?? 0) * 1000);
    this.#due_ms = parts.clock.monotonic() + first_ms;
  }

  /** Called when nothing is under way. */
  idle(): void {
    const { configuration, clock } = this.#parts;
    const { retention } = configuration.handoff;
    if (!retention || this.#running || clock.monotonic() < this.#due_ms) return;
    this.#running = this.#expire(retention).finally(() => {
      this.#due_ms = clock.monotonic() + retention.every * 1000;
      this.#running = undefined;
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #expire(rules: Parameters<typeof expireHeld>[0]['rules']): Promise<void> {
    const { clock, log, work, endpoint, holding, manager, databases, configuration } = this.#parts;
    const files = databases.open(configuration.database.tablenames.file);
    const options = { clock, work, endpoint, holding, manager, files, rules, dryRun: false };
    try {
      const counts = await expireHeld(options, this.#stopping.signal);
      if (counts.removed > 0) log.info({ ...counts }, 'files were removed from the holding area');
      if (counts.unproven > 0) {
        log.warn({ files: counts.unproven }, 'files stay held: the endpoint did not prove them');
      }
    } catch (error) {
      log.warn({ reason: describeError(error) }, 'retention failed; it is tried again later');
    }
  }
}
