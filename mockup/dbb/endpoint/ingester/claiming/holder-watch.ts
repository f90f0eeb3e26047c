// Watches the other processes of this ingester while they work. One that shows no sign of life for
// its whole lease, by this process's own clock, is dead; where its processes are surely gone,
// nobody waits for that.

import { holderId, type IngestHolder } from '../../../../core/dbb/ingest-holder.ts';
import type { Clock } from '../../../../platform/clock/clock.ts';
import type { Database, Stored } from '../../../../platform/couch/database.ts';

export interface HolderWatchOptions {
  events: Database;
  clock: Clock;
  /** This process's own. */
  instance: string;
  lease_s: number;
  isProcessGone(machine: string, pid: number): boolean;
  /** Called once per holder that is dead. */
  onDead(instance: string, holder: Stored<IngestHolder> | undefined): void;
}

interface Watched {
  holder: Stored<IngestHolder> | undefined;
  rev: string;
  due_ms: number;
}

const CHECK_MS = 500;
/** A look that took longer met an outage, in which nobody could renew anything. */
const OUTAGE_MS = 2000;

export class HolderWatch {
  readonly #options: HolderWatchOptions;
  readonly #watched = new Map<string, Watched>();
  #cancelTimer: (() => void) | undefined;
  #stopped = false;

  constructor(options: HolderWatchOptions) {
    this.#options = options;
  }

  /** A holder's document as it is now. */
  note(holder: Stored<IngestHolder>): void {
    const { instance } = holder;
    if (this.#stopped || instance === this.#options.instance) return;
    if (!holder.working && !this.#watched.has(instance)) return;
    if (!holder.working) this.#watched.delete(instance);
    else if (this.#watched.get(instance)?.rev !== holder._rev) this.#watch(instance, holder);
  }

  /** Claims refer to it, whatever its document says, or though that is gone. */
  expect(instance: string, holder: Stored<IngestHolder> | undefined): void {
    if (this.#stopped || instance === this.#options.instance) return;
    if (!this.#watched.has(instance)) this.#watch(instance, holder);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
    this.#watched.clear();
  }

  #watch(instance: string, holder: Stored<IngestHolder> | undefined): void {
    const lease_ms = (holder?.lease_s ?? this.#options.lease_s) * 1000;
    const due_ms = this.#options.clock.monotonic() + lease_ms;
    this.#watched.set(instance, { holder, rev: holder?._rev ?? '', due_ms });
    if (holder && this.isGone(holder)) this.#bury(instance);
    else this.#schedule();
  }

  #schedule(): void {
    if (this.#stopped || this.#watched.size === 0) return;
    this.#cancelTimer ??= this.#options.clock.timer(CHECK_MS, () => {
      this.#cancelTimer = undefined;
      void this.#check()
        .catch(() => {})
        .finally(() => this.#schedule());
    });
  }

  async #check(): Promise<void> {
    const now_ms = this.#options.clock.monotonic();
    const due: string[] = [];
    for (const [instance, { holder, due_ms }] of [...this.#watched]) {
      if (holder && this.isGone(holder)) this.#bury(instance);
      else if (due_ms <= now_ms) due.push(instance);
    }
    if (due.length > 0) await this.#judge(due, now_ms);
  }

  async #judge(due: string[], since_ms: number): Promise<void> {
    const { events, clock } = this.#options;
    // One copy of a cluster may lag behind a renewal: a majority is asked.
    const found = await events.leaves<IngestHolder>(due.map(holderId));
    const isOutage = clock.monotonic() - since_ms > OUTAGE_MS;
    for (const [index, instance] of due.entries()) {
      const watched = this.#watched.get(instance);
      const holder = found[index]?.find(({ deleted }) => !deleted)?.doc;
      if (!watched || this.#stopped) continue;
      if (isOutage || (holder && holder._rev !== watched.rev)) this.#watch(instance, holder);
      else this.#bury(instance);
    }
  }

  isGone({ machine, pid, workers }: IngestHolder): boolean {
    return [pid, ...workers].every((one) => this.#options.isProcessGone(machine, one));
  }

  #bury(instance: string): void {
    const holder = this.#watched.get(instance)?.holder;
    this.#watched.delete(instance);
    this.#options.onDead(instance, holder);
  }
}
