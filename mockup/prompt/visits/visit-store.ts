// The documents of visits: claimed and changed by compare-and-set, so that of two workers that get
// the same visit one works, and what a worker writes that lost its claim is refused.

import { AppError } from '../../core/errors.ts';
import { type Visit, type VisitKey, visitId } from '../../core/prompt/visit.ts';
import {
  historyEntry,
  isFinal,
  mayBecome,
  type VisitClaim,
  type VisitRecord,
  type VisitState,
  withMark,
} from '../../core/prompt/visit-record.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database } from '../../platform/couch/database.ts';
import { createDocument, updateDocument } from '../../platform/couch/documents/update-document.ts';
import { ClaimSights, markOf } from './claim-sights.ts';

const REFUSED_CHARACTERS_MAX = 2000;

export interface VisitStoreOptions {
  clock: Clock;
  database: Database;
  /** Who writes: `workerName`. */
  worker: string;
  /** How long a claim holds where it is not prolonged. */
  lease_ms: number;
}

/** A visit that this worker has. */
export interface ClaimedVisit {
  record: VisitRecord;
  claim: VisitClaim;
}

export type VisitClaimOutcome =
  | { kind: 'claimed'; visit: ClaimedVisit }
  | { kind: 'busy' }
  | { kind: 'over'; state: VisitState };

/** `watched`: another worker has it, and it is not known yet whether that one is still there. */
type Outcome = VisitClaimOutcome | { kind: 'watched'; mark: string; left_ms: number };

/** So often a claim is looked at within a lease. */
const WATCH_SHARE = 8;

/** The claim went to another worker: nothing may be written any more. */
export class ClaimLostError extends AppError {
  constructor(id: string) {
    super('claim_lost', `visit ${id} was taken over by another worker`);
  }
}

export class VisitStore {
  readonly #options: VisitStoreOptions;
  readonly #sights: ClaimSights;
  /** When each claim of this process was last written, by its own clock. */
  readonly #own = new Map<string, number>();

  constructor(options: VisitStoreOptions) {
    this.#options = options;
    this.#sights = new ClaimSights(options.clock, options.lease_ms);
  }

  /**
   * Makes the record where there is none, and takes it where nobody has it. A claim of another worker
   * is watched until it is prolonged (`busy`), or was not for a whole lease.
   */
  async claim(visit: Visit): Promise<VisitClaimOutcome> {
    const { clock, lease_ms } = this.#options;
    let mark: string | undefined;
    for (;;) {
      const outcome = await this.#tryClaim(visit);
      if (outcome.kind !== 'watched') return outcome;
      const isProlonged = mark !== undefined && mark !== outcome.mark;
      if (isProlonged) return { kind: 'busy' };
      mark = outcome.mark;
      await clock.sleep(Math.min(outcome.left_ms, lease_ms / WATCH_SHARE));
    }
  }

  async #tryClaim(visit: Visit): Promise<Outcome> {
    const { clock, database, worker, lease_ms } = this.#options;
    let outcome: Outcome | undefined;
    const written = await updateDocument<VisitRecord>(database, visitId(visit), (current) => {
      const record = current ?? announced(visit, this.#entry('announced', 'nextVisit'));
      if (isFinal(record) && record.state !== 'ignored') {
        outcome = { kind: 'over', state: record.state };
        return current;
      }
      if (this.#isOwn(record)) {
        outcome = { kind: 'busy' };
        return current;
      }
      const left_ms = record.claim ? this.#sights.left_ms(record._id, record.claim) : 0;
      if (record.claim && left_ms > 0) {
        outcome = { kind: 'watched', mark: markOf(record.claim), left_ms };
        return current;
      }
      outcome = undefined;
      const now = clock.now();
      const claims = record.claims + 1;
      const taken = this.#changed(record, 'preparing');
      const claim = { worker, number: claims, until: now + lease_ms };
      const { retriable: _, ...begun } = taken;
      return withMark({ ...begun, claims, claim });
    });
    if (outcome?.kind !== 'watched') this.#sights.forget(visitId(visit));
    if (outcome) return outcome;
    const record = written as VisitRecord;
    this.#own.set(record._id, clock.monotonic());
    return { kind: 'claimed', visit: { record, claim: record.claim as VisitClaim } };
  }

  /** This very process works on it. */
  #isOwn({ _id, claim }: VisitRecord): boolean {
    const { clock, worker, lease_ms } = this.#options;
    const written_ms = this.#own.get(_id);
    if (claim?.worker !== worker || written_ms === undefined) return false;
    return clock.monotonic() - written_ms < lease_ms;
  }

  /** Puts a visit on record before any worker has it, so that it can't vanish. */
  async announce(visit: Visit): Promise<void> {
    const record = withMark(announced(visit, this.#entry('announced', 'nextVisit')));
    await createDocument<VisitRecord>(this.#options.database, record);
  }

  /**
   * Records a visit that is not for this service, or too old: it is acknowledged and never comes
   * again. False: another delivery of it is being worked on, and was left alone.
   */
  async dismiss(visit: Visit, state: 'ignored' | 'expired', reason: string): Promise<boolean> {
    const { database } = this.#options;
    let isBusy = false;
    await updateDocument<VisitRecord>(database, visitId(visit), (current) => {
      const claim = current?.claim;
      isBusy = claim !== undefined && this.#sights.left_ms(visitId(visit), claim) > 0;
      if (isBusy) return current;
      const record = current ?? announced(visit, this.#entry('announced', 'nextVisit'));
      if (!mayBecome(record.state, state)) return current;
      return withMark({ ...this.#changed(record, state, reason), claim: undefined });
    });
    return !isBusy;
  }

  /** The process that had the visit is dead: whoever gets it next need not wait for its lease. */
  async abandoned(
    visit: VisitKey,
    worker: string,
    state: 'timed-out' | 'failed',
    reason: string,
  ): Promise<void> {
    await updateDocument<VisitRecord>(this.#options.database, visitId(visit), (current) => {
      const isIts = current?.claim?.worker === worker && mayBecome(current.state, state);
      if (!current || !isIts) return current;
      const left = this.#changed(current, state, reason);
      // Should it have been written after all, the next one finds it in the APDB.
      return withMark({ ...left, retriable: true, claim: undefined });
    });
  }

  /** Keeps what could not be read where a person sees it. False: it is there already. */
  async refuse(messageId: string, reason: string, body: unknown): Promise<boolean> {
    const shown = (JSON.stringify(body) ?? '').slice(0, REFUSED_CHARACTERS_MAX);
    return createDocument(this.#options.database, {
      _id: `refused_${messageId.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, 100)}`,
      kind: 'refused',
      time: new Date(this.#options.clock.now()).toISOString(),
      reason,
      shown,
    } as { _id: string });
  }

  /** Moves a claimed visit on. A final state, or none, ends the claim. Throws ClaimLostError. */
  async move(
    visit: ClaimedVisit,
    state: VisitState,
    more: Partial<VisitRecord> & { reason?: string } = {},
  ): Promise<void> {
    const { reason, ...fields } = more;
    await this.#change(visit, (record) => {
      const moved = { ...this.#changed(record, state, reason), ...fields };
      const working = state === 'waiting' || state === 'processing';
      return working ? moved : { ...moved, claim: undefined };
    });
  }

  /** Notes something without moving it on. Throws ClaimLostError. */
  async note(
    visit: ClaimedVisit,
    change: (record: VisitRecord) => Partial<VisitRecord>,
  ): Promise<void> {
    await this.#change(visit, (record) => ({ ...record, ...change(record) }));
  }

  /** Holds the claim for another lease. Throws ClaimLostError. */
  async prolong(visit: ClaimedVisit): Promise<void> {
    const until = this.#options.clock.now() + this.#options.lease_ms;
    await this.#change(visit, (record) => ({ ...record, claim: { ...visit.claim, until } }));
  }

  /** Throws ClaimLostError where another worker has it now. */
  async confirm(visit: ClaimedVisit): Promise<void> {
    await this.prolong(visit);
  }

  async #change(visit: ClaimedVisit, change: (record: VisitRecord) => VisitRecord): Promise<void> {
    const { _id } = visit.record;
    const { claim } = visit;
    const written = await updateDocument<VisitRecord>(this.#options.database, _id, (current) => {
      const mine = current?.claim;
      if (!current || mine?.worker !== claim.worker || mine.number !== claim.number) {
        throw new ClaimLostError(_id);
      }
      return withMark(change(current));
    });
    visit.record = written as VisitRecord;
    if (visit.record.claim) this.#own.set(_id, this.#options.clock.monotonic());
    else this.#own.delete(_id);
  }

  #changed(record: VisitRecord, state: VisitState, reason?: string): VisitRecord {
    if (!mayBecome(record.state, state)) {
      throw new AppError('bad_transition', `a visit can't go from ${record.state} to ${state}`);
    }
    const history = [...record.history, this.#entry(state, this.#options.worker, reason)];
    return { ...record, state, history };
  }

  #entry(state: VisitState, by: string, reason?: string): VisitRecord['history'][number] {
    return historyEntry(this.#options.clock.now(), state, by, reason);
  }
}

function announced(visit: Visit, entry: VisitRecord['history'][number]): VisitRecord {
  const { instrument, group, detector } = visit;
  return {
    _id: visitId(visit),
    ...{ instrument, group, detector, visit },
    state: 'announced',
    history: [entry],
    snaps: [],
    claims: 0,
  };
}
