// Shows in the database that this finder lives, and what keeps it from its work. It never stands in
// the way: where the database is away, that is for the next sign of life.

import {
  type FinderPresence,
  presenceId,
  presenceRange,
} from '../../../core/dbb/finder-presence.ts';
import { formatTimestamp } from '../../../core/timestamps.ts';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { Database } from '../../../platform/couch/database.ts';
import type { ProcessIdentity } from '../ingester/claiming/lease.ts';

export interface PresenceWriterOptions {
  files: Database;
  clock: Clock;
  self: ProcessIdentity;
  source: string;
  isProcessGone(machine: string, pid: number): boolean;
}

/** `status` takes a finder for dead that gave none for three of them. */
const SIGN_OF_LIFE_MS = 60_000;

export class PresenceWriter {
  readonly #options: PresenceWriterOptions;
  #document: FinderPresence;
  #writing: Promise<void> = Promise.resolve();
  #cancelTimer: (() => void) | undefined;
  #over = false;

  constructor(options: PresenceWriterOptions) {
    const { self, source, clock } = options;
    const { instance, ...rest } = self;
    const now = formatTimestamp(clock.now());
    this.#options = options;
    this.#document = {
      ...{ _id: presenceId(instance), type: 'endpoint-finder', ...rest, source },
      ...{ started: now, seen: now, trouble: null },
    };
  }

  /** Removes what finders of this machine left that were killed. */
  async start(): Promise<void> {
    const { files, isProcessGone } = this.#options;
    const known = await files.allDocs<FinderPresence>(presenceRange);
    const gone = known.filter(({ machine, pid }) => isProcessGone(machine, pid));
    await files.bulk(gone.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true as const })));
    await this.#write();
    this.#schedule();
  }

  tell(trouble: string | undefined): void {
    if ((trouble ?? null) === this.#document.trouble) return;
    this.#document = { ...this.#document, trouble: trouble ?? null };
    void this.#write();
  }

  async stop(): Promise<void> {
    this.#over = true;
    this.#cancelTimer?.();
    await this.#writing;
    const { _id, _rev } = this.#document;
    if (_rev === undefined) return;
    await this.#options.files.bulk([{ _id, _rev, _deleted: true }]).catch(() => {});
  }

  #schedule(): void {
    if (this.#over) return;
    this.#cancelTimer = this.#options.clock.timer(SIGN_OF_LIFE_MS, () => {
      void this.#write().then(() => this.#schedule());
    });
  }

  #write(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writeNow()).catch(() => {});
    return this.#writing;
  }

  async #writeNow(): Promise<void> {
    if (this.#over) return;
    const { files, clock } = this.#options;
    const [result] = await files.bulk([{ ...this.#document, seen: formatTimestamp(clock.now()) }]);
    if (result?.ok) this.#document._rev = result.rev;
    else {
      const current = await files.get<FinderPresence>(this.#document._id);
      if (current) this.#document._rev = current._rev;
      else delete this.#document._rev;
    }
  }
}
