// A comparison of what is on record with what is there, in steps: at a limited rate, so much of it at
// a time, and from where the one before ended.

import type { Clock } from '../../platform/clock/clock.ts';

export interface CheckFinding {
  /** Such as `lost` or `dark`. */
  kind: string;
  path: string;
  detail: string;
}

/** How far it came; and what it found until there. */
export interface CheckPlace {
  phase: string;
  after: string;
  counts: Record<string, number>;
}

export interface CheckRunOptions {
  clock: Clock;
  /** Files per second, all phases together. */
  rate: number | undefined;
  /** So many files, then it ends early. */
  limit: number | undefined;
  /** Where its place is kept; it begins anew each time without. */
  place:
    | { read(): CheckPlace | undefined; write(place: CheckPlace): void; clear(): void }
    | undefined;
  onFinding(finding: CheckFinding): void;
}

export interface CheckPhase {
  name: string;
  /** Each step says what it is behind, and how many files it looked at. */
  steps(after: string | undefined): AsyncIterable<CheckStep>;
}

export interface CheckStep {
  after: string;
  files: number;
}

export class CheckRun {
  readonly counts: Record<string, number>;
  readonly #options: CheckRunOptions;
  readonly #begun_ms: number;
  #files = 0;

  constructor(options: CheckRunOptions, kinds: readonly string[]) {
    this.#options = options;
    this.counts = Object.fromEntries(kinds.map((kind) => [kind, 0]));
    this.#begun_ms = options.clock.monotonic();
  }

  tell(kind: string, path: string, detail: string): void {
    this.count(kind);
    this.#options.onFinding({ kind, path, detail });
  }

  count(name: string, more = 1): void {
    this.counts[name] = (this.counts[name] ?? 0) + more;
  }

  /** False where it ended before all was compared. */
  async through(phases: readonly CheckPhase[]): Promise<boolean> {
    const { place, limit } = this.#options;
    const from = place?.read();
    const begin = phases.findIndex(({ name }) => name === from?.phase);
    if (from && begin >= 0) Object.assign(this.counts, from.counts);
    for (const [index, phase] of phases.entries()) {
      if (index < begin) continue;
      for await (const { after, files } of phase.steps(
        index === begin ? from?.after : undefined,
      )) {
        place?.write({ phase: phase.name, after, counts: this.counts });
        this.#files += files;
        if (limit !== undefined && this.#files >= limit) return false;
        await this.#pause();
      }
    }
    place?.clear();
    return true;
  }

  async #pause(): Promise<void> {
    const { clock, rate } = this.#options;
    if (rate === undefined) return;
    const due_ms = this.#begun_ms + (this.#files / rate) * 1000;
    const wait_ms = due_ms - clock.monotonic();
    if (wait_ms > 0) await clock.sleep(wait_ms);
  }
}

const PAGE = 1000;

interface Documents {
  allDocs<T>(options: { startKey: string; endKey: string; limit: number }): Promise<T[]>;
}

/** Documents of a range of ids, page by page; `after` is an id. */
export async function* pagesOf<T extends { _id: string }>(
  database: Documents,
  range: { startKey: string; endKey: string },
  after?: string,
): AsyncGenerator<{ page: T[]; after: string }> {
  let from = after === undefined ? range.startKey : `${after}\u0000`;
  for (;;) {
    const page = await database.allDocs<T>({ startKey: from, endKey: range.endKey, limit: PAGE });
    const last = page.at(-1)?._id;
    if (last !== undefined) yield { page, after: last };
    if (last === undefined || page.length < PAGE) return;
    from = `${last}\u0000`;
  }
}
