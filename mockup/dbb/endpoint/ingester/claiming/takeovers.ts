// What dead processes of this ingester had in their hands is taken over, one after the other.

import type { IngestHolder } from '../../../../core/dbb/ingest-holder.ts';
import { describeError } from '../../../../core/errors.ts';
import type { Stored } from '../../../../platform/couch/database.ts';
import type { Logger } from '../../../../platform/log/logger.ts';
import type { EventStore } from '../event-store.ts';
import type { HolderWatch } from './holder-watch.ts';
import type { RequestedFiles } from './requested-files.ts';

export interface TakeoversOptions {
  log: Logger;
  store: EventStore;
  watch: () => HolderWatch;
  requested: () => RequestedFiles;
  onDone(): void;
}

export class Takeovers {
  readonly #options: TakeoversOptions;
  #working: Promise<unknown> = Promise.resolve();
  #count = 0;

  constructor(options: TakeoversOptions) {
    this.#options = options;
  }

  /** True where none is under way. */
  get isIdle(): boolean {
    return this.#count === 0;
  }

  /** Resolves when those that were begun have ended. */
  async finished(): Promise<void> {
    await this.#working;
  }

  begin(instance: string, holder: Stored<IngestHolder> | undefined): void {
    const { log, store, watch, requested, onDone } = this.#options;
    this.#count++;
    this.#working = this.#working
      .then(() => store.release(instance, holder))
      .then((released) => {
        for (const document of released) requested().offer(document);
        const fields = { files: released.length, pid: holder?.pid, host: holder?.host };
        log.warn(fields, 'took over from a dead ingester');
      })
      .catch((error) => {
        log.error({ reason: describeError(error) }, 'could not take over');
        // After another lease it is found dead again.
        watch().expect(instance, undefined);
      })
      .then(() => {
        this.#count--;
        onDone();
      });
  }
}
