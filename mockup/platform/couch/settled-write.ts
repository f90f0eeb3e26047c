// Whether a compare-and-set write is the one that counts. On one server the answer to the write
// says so. On a cluster each copy of a document takes the first of two rival writes that reaches
// it: both may be taken, by different copies, and the loser's revision spreads afterwards and can
// win by its hash. A write counts when a majority took it and a majority, read after it, knows no
// rival: of two rivals at most one can see that. The other takes its own revision away again.
// The rules and what they rest on: docs/decisions/0021-claims-on-a-cluster.md.

import type { Clock } from '../clock/clock.ts';
import type { Database, LeafRevision, Writable, WriteResult } from './database.ts';
import { compareLeaves } from './leaf-order.ts';

export interface SettlePorts {
  database: Pick<Database, 'info'>;
  clock: Clock;
  /** One compare-and-set write. */
  write(doc: Writable): Promise<WriteResult>;
  /** All leaves of one document, by a majority. */
  leaves(id: string): Promise<LeafRevision<Writable>[]>;
}

export interface SettleOptions {
  /** How long a rival may take to show that it counts. Far shorter than any lease. */
  patience_ms?: number;
  /** Where too few copies can be reached: gives up after so long. Without it: waits. */
  giveUpAfter_ms?: number;
}

export interface WrittenDocument {
  /** What was written, with the `_rev` that it replaced. */
  doc: Writable;
  /** What it replaced: restored should all rivals have taken themselves away. */
  before?: Writable | undefined;
  result: WriteResult;
  /** Leaves that were there before and are no rivals: old conflicts, for a person to end. */
  known?: ReadonlySet<string>;
}

/** `lost`: another write counts, this one is gone. `unsure`: too few copies can be reached. */
export type Settled =
  | { won: true; rev: string }
  | { won: false; why: 'lost' | 'unsure'; rev: string };

export type Verdict = 'alone' | 'gone' | 'beaten' | 'rivals';

const PATIENCE_MS = 2_000;
const FIRST_DELAY_MS = 25;
const LONGEST_DELAY_MS = 1_000;

/** What the leaves say of the revision `mine`. */
export function judgeLeaves(
  leaves: readonly LeafRevision<object>[],
  mine: string,
  known: ReadonlySet<string> = new Set(),
): Verdict {
  const own = leaves.find(({ rev, deleted }) => rev === mine && !deleted);
  if (!own) return leaves.some(({ rev }) => rev === mine) ? 'alone' : 'gone';
  const rivals = leaves.filter(({ rev, deleted, doc }) => {
    if (rev === mine || known.has(rev)) return false;
    return !deleted || isRemoval(doc);
  });
  if (rivals.length === 0) return 'alone';
  return rivals.some((rival) => rival.deleted || compareLeaves(rival, own) < 0)
    ? 'beaten'
    : 'rivals';
}

export class WriteSettler {
  readonly #ports: SettlePorts;
  #copies: Promise<number> | undefined;

  constructor(ports: SettlePorts) {
    this.#ports = ports;
  }

  /** True where a write that was answered may still lose. */
  async isNeeded(): Promise<boolean> {
    this.#copies ??= this.#ports.database.info().then(
      ({ copies }) => copies,
      (error) => {
        this.#copies = undefined;
        throw error;
      },
    );
    return (await this.#copies) > 1;
  }

  /** To be called for a write that the database took. */
  async settle(written: WrittenDocument, options: SettleOptions = {}): Promise<Settled> {
    const { result } = written;
    if (!result.ok) return { won: false, why: 'lost', rev: '' };
    if (!(await this.isNeeded())) return { won: true, rev: result.rev };
    return this.#settle(written, result, options);
  }

  async #settle(
    { doc, before, known }: WrittenDocument,
    first: WriteResult & { ok: true },
    { patience_ms = PATIENCE_MS, giveUpAfter_ms }: SettleOptions,
  ): Promise<Settled> {
    const { clock } = this.#ports;
    const begun = clock.monotonic();
    let { rev } = first;
    let isByMajority = first.accepted !== true;
    for (let attempt = 0; ; attempt++) {
      const looked = clock.monotonic();
      const verdict = judgeLeaves(await this.#ports.leaves(doc._id), rev, known);
      const age_ms = clock.monotonic() - begun;
      if (verdict === 'gone') return { won: false, why: 'lost', rev };
      if (verdict === 'alone' && isByMajority) return { won: true, rev };
      // What was seen long ago is no ground for taking anything away.
      const isFresh = clock.monotonic() - looked < patience_ms / 4;
      if (isFresh && (verdict === 'beaten' || (verdict === 'rivals' && age_ms > patience_ms))) {
        await this.#withdraw(doc._id, rev, before);
        return { won: false, why: 'lost', rev };
      }
      if (giveUpAfter_ms !== undefined && age_ms > giveUpAfter_ms) {
        return { won: false, why: 'unsure', rev };
      }
      if (attempt > 0 || verdict !== 'alone') await clock.sleep(delayOf(attempt));
      if (verdict !== 'alone') continue;
      // Too few have it: written once more on top of itself.
      const again = await this.#ports.write({ ...doc, _rev: rev });
      if (!again.ok) continue;
      rev = again.rev;
      isByMajority = again.accepted !== true;
    }
  }

  /** Takes a revision away that lost. Never the last one: where that happened it is restored. */
  async #withdraw(id: string, rev: string, before: Writable | undefined): Promise<void> {
    const tombstone = { _id: id, _rev: rev, _deleted: true as const, withdrawn: true };
    const result = await this.#ports.write(tombstone);
    if (!result.ok || !before) return;
    const leaves = await this.#ports.leaves(id);
    if (leaves.some(({ deleted, doc }) => !deleted || isRemoval(doc))) return;
    await this.#ports.write({ ...before, _rev: result.rev });
  }
}

/** A document that was removed for good, not a revision that was taken away. */
function isRemoval(tombstone: object): boolean {
  return (tombstone as { removed?: unknown }).removed === true;
}

function delayOf(attempt: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** Math.min(attempt, 10), LONGEST_DELAY_MS);
}
