// Whether a compare-and-set write is the one that counts. On one server the answer to the write
// says so. On a cluster each copy of a document takes the first of two rival writes that reaches
// it: both may be taken, by different copies, and the loser's revision spreads afterwards and can
// win by its hash. A write counts when a majority took it and a majority, read after it, knows no
// rival: of two rivals at most one can see that. The other takes its own revision away again.
// The rules and what they rest on: docs/decisions/0021-claims-on-a-cluster.md.

import { tombstoneOf } from '../../../core/messages/routing.ts';
import type { Clock } from '../../clock/clock.ts';
import type { Database, LeafRevision, Writable, WriteResult } from '../database.ts';
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

/**
 * `isExtended`: others have written on top of it meanwhile. `lost`: another write counts, this one is
 * gone. `unsure`: too few copies can be reached.
 */
export type Settled =
  | { won: true; rev: string; isExtended: boolean }
  | { won: false; why: 'lost' | 'unsure'; rev: string };

type Verdict = 'alone' | 'gone' | 'beaten' | 'rivals' | 'unseen';

const PATIENCE_MS = 2_000;
const FIRST_DELAY_MS = 25;
const LONGEST_DELAY_MS = 1_000;

/**
 * What the leaves say of the revision `mine`; `own`: the leaf that it is, or that was written on top
 * of it. The majority that was read need not have it.
 */
function judgeLeaves(
  leaves: readonly LeafRevision<object>[],
  mine: string,
  known: ReadonlySet<string> = new Set(),
): { verdict: Verdict; own: LeafRevision<object> | undefined } {
  const line = leaves.filter(({ rev, history }) => rev === mine || history.includes(mine));
  const own = line.find(({ rev, deleted }) => rev === mine || !deleted) ?? line[0];
  if (own?.deleted && own.rev !== mine) return { verdict: 'gone', own };
  const rivals = leaves.filter(({ rev, history, deleted, doc }) => {
    if (rev === own?.rev || known.has(rev) || history.includes(mine)) return false;
    return !deleted || isRemoval(doc);
  });
  const compared = own ?? { rev: mine, deleted: false };
  const isBeaten = rivals.some((rival) => rival.deleted || compareLeaves(rival, compared) < 0);
  if (isBeaten) return { verdict: 'beaten', own };
  if (rivals.length > 0) return { verdict: 'rivals', own };
  return { verdict: own ? 'alone' : 'unseen', own };
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
    if (!(await this.isNeeded())) return { won: true, rev: result.rev, isExtended: false };
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
    let stand = '';
    let stands_since = begun;
    for (let attempt = 0; ; attempt++) {
      const looked = clock.monotonic();
      const leaves = await this.#ports.leaves(doc._id);
      const { verdict, own } = judgeLeaves(leaves, rev, known);
      const age_ms = clock.monotonic() - begun;
      const now = leaves.map((leaf) => leaf.rev).join(' ');
      if (now !== stand) stands_since = clock.monotonic();
      stand = now;
      if (verdict === 'gone') return { won: false, why: 'lost', rev };
      const isExtended = own !== undefined && own.rev !== rev;
      if (verdict === 'alone' && isByMajority) return { won: true, rev, isExtended };
      // What was seen long ago is no ground for taking anything away.
      const isFresh = clock.monotonic() - looked < patience_ms / 4;
      const stands_ms = clock.monotonic() - stands_since;
      const isLost = verdict === 'beaten' || (verdict === 'rivals' && stands_ms > patience_ms);
      if (isLost && isFresh && !isExtended && (await this.#withdraw(doc, rev, before))) {
        return { won: false, why: 'lost', rev };
      }
      if (giveUpAfter_ms !== undefined && age_ms > giveUpAfter_ms) {
        return { won: false, why: 'unsure', rev };
      }
      if (attempt > 0 || verdict !== 'alone') await clock.sleep(delayOf(attempt));
      if (verdict !== 'alone' || !own) continue;
      // Too few have it: what stands there is written once more on top of itself.
      const again = await this.#ports.write({ ...(own.doc as Writable), _rev: own.rev });
      if (!again.ok) continue;
      if (!isExtended) rev = again.rev;
      isByMajority = again.accepted !== true;
    }
  }

  /** Takes a revision away that lost. Never the last one: where that happened it is restored. */
  async #withdraw(doc: Writable, rev: string, before: Writable | undefined): Promise<boolean> {
    const { _id: id } = doc;
    // A message that is withdrawn here must be withdrawn at each site that it goes to.
    const tombstone = { ...tombstoneOf({ ...doc, _rev: rev }), withdrawn: true };
    const result = await this.#ports.write(tombstone);
    if (!result.ok) return false;
    if (!before) return true;
    const leaves = await this.#ports.leaves(id);
    if (leaves.some(({ deleted, doc }) => !deleted || isRemoval(doc))) return true;
    const restored = await this.#ports.write({ ...before, _rev: result.rev });
    // It may meet a rival that was on its way: then it goes again, and is not restored.
    if (restored.ok) await this.#settle({ doc: before, result: restored }, restored, {});
    return true;
  }
}

/** A document that was removed for good, not a revision that was taken away. */
function isRemoval(tombstone: object): boolean {
  return (tombstone as { removed?: unknown }).removed === true;
}

function delayOf(attempt: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** Math.min(attempt, 10), LONGEST_DELAY_MS);
}
