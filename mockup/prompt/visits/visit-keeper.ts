// Looks after visits that their workers left: removes subscriptions of workers that died, and puts
// on record what nobody will take up any more, because its announcement does not come again.

import { describeError } from '../../core/errors.ts';
import {
  historyEntry,
  isFinal,
  type VisitRecord,
  withMark,
} from '../../core/prompt/visit-record.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database } from '../../platform/couch/database.ts';
import { updateDocument } from '../../platform/couch/documents/update-document.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { ClaimSights, VISIT_LEASE_MS } from './claim-sights.ts';
import { BY_OPEN, openVisits } from './visit-queries.ts';

export interface VisitKeeperPorts {
  clock: Clock;
  log: Logger;
  database: Database;
  /** Whose visits it looks after. */
  instrument: string;
  /** For so long after its first delivery a visit may be delivered again. */
  giveUp_s: number;
  /** Nothing happens where there is none. */
  deleteSubscription(name: string): Promise<void>;
}

const PERIOD_MS = 5_000;
const KEEPER = 'keeper';

export class VisitKeeper {
  readonly #ports: VisitKeeperPorts;
  readonly #stopped = new AbortController();
  readonly #sights: ClaimSights;
  #ended = Promise.resolve();

  constructor(ports: VisitKeeperPorts) {
    this.#ports = ports;
    this.#sights = new ClaimSights(ports.clock, VISIT_LEASE_MS);
  }

  start(): void {
    this.#ended = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort(new Error('the keeper stops'));
    await this.#ended;
  }

  async sweep(): Promise<void> {
    const { database, instrument, log } = this.#ports;
    const open = await database.find<VisitRecord>(openVisits());
    this.#sights.retain(new Set(open.map(({ _id }) => _id)));
    for (const record of open) {
      if (record.instrument !== instrument) continue;
      try {
        await this.#lookAfter(record);
      } catch (error) {
        log.warn({ visit: record._id, reason: describeError(error) }, 'could not look after it');
      }
    }
  }

  async #run(): Promise<void> {
    const { clock, database, log } = this.#ports;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        await database.ensureIndex(BY_OPEN);
        await this.sweep();
      } catch (error) {
        log.warn({ reason: describeError(error) }, 'could not look after the visits');
      }
      await clock.sleep(PERIOD_MS, signal).catch(() => {});
    }
  }

  async #lookAfter(record: VisitRecord): Promise<void> {
    const now_ms = this.#ports.clock.now();
    if (record.claim && this.#sights.left_ms(record._id, record.claim) > 0) return;
    const announced_ms = Date.parse(record.history[0]?.time ?? '');
    const isLeft = !isFinal(record) && !(now_ms - announced_ms < this.#ports.giveUp_s * 1000);
    if (!isLeft && !isFinal(record)) return;
    const { subscription } = record;
    if (subscription !== undefined) await this.#ports.deleteSubscription(subscription);
    await updateDocument<VisitRecord>(this.#ports.database, record._id, (current) => {
      if (!current || current._rev !== record._rev) return current;
      const released = { ...current, claim: undefined, subscription: undefined };
      return withMark(isFinal(current) ? released : this.#givenUp(released, now_ms));
    });
  }

  #givenUp(record: VisitRecord, now_ms: number): VisitRecord {
    const reason = `left in state ${record.state}, and its announcement does not come again`;
    const entry = historyEntry(now_ms, 'timed-out', KEEPER, reason);
    const history = [...record.history, entry];
    this.#ports.log.error({ visit: record._id, was: record.state }, 'a visit was given up');
    return { ...record, state: 'timed-out', retriable: false, history };
  }
}
