// How far this ingester has come in the changes of the file records: the place up to which each file
// has its document. A restart begins there, not at the beginning; a place that is too old costs
// only some reading.

import { describeError } from '../../../../core/errors.ts';
import type { Clock } from '../../../../platform/clock/clock.ts';
import { ConflictError, type Database } from '../../../../platform/couch/database.ts';
import type { Logger } from '../../../../platform/log/logger.ts';

interface PlaceDocument {
  _id: string;
  _rev?: string;
  type: 'endpoint-place';
  since: string;
}

interface Page {
  end: string;
  open: number;
}

export const PLACE_ID = 'place:files';
const SAVE_EVERY_MS = 1000;

export class CheckpointStore {
  readonly #events: Database;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #pages: Page[] = [];
  #since = '0';
  #saved = '0';
  #saved_ms = Number.NEGATIVE_INFINITY;
  #rev: string | undefined;
  #saving: Promise<void> | undefined;

  constructor(events: Database, clock: Clock, log: Logger) {
    this.#events = events;
    this.#clock = clock;
    this.#log = log;
  }

  /** Where to begin. */
  async load(): Promise<string> {
    const place = await this.#events.get<PlaceDocument>(PLACE_ID);
    this.#rev = place?._rev;
    this.#since = this.#saved = place?.since ?? '0';
    return this.#since;
  }

  /** A page with so many files; the returned function is called once for each that is settled. */
  begin(end: string, files: number): () => void {
    const page = { end, open: files };
    this.#pages.push(page);
    this.#advance();
    return () => {
      page.open--;
      if (page.open === 0) this.#advance();
    };
  }

  /** Writes the place, where it has moved. */
  async save(): Promise<void> {
    await this.#saving;
    await this.#write();
  }

  async #write(): Promise<void> {
    if (this.#since === this.#saved) return;
    const since = this.#since;
    this.#saved_ms = this.#clock.monotonic();
    const doc: PlaceDocument = { _id: PLACE_ID, type: 'endpoint-place', since };
    try {
      this.#rev = await this.#events.put(this.#rev ? { ...doc, _rev: this.#rev } : doc);
      this.#saved = since;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      // Another process of this ingester keeps it too: its place is as good.
      this.#rev = (await this.#events.get(PLACE_ID))?._rev;
    }
  }

  #advance(): void {
    while (this.#pages[0]?.open === 0) this.#since = this.#pages.shift()?.end ?? this.#since;
    if (this.#saving || this.#clock.monotonic() - this.#saved_ms < SAVE_EVERY_MS) return;
    this.#saving = this.#write()
      .catch((error) => {
        this.#log.warn({ reason: describeError(error) }, 'the place could not be kept');
      })
      .finally(() => {
        this.#saving = undefined;
      });
  }
}
