// How many workers there are and what they do, as a document in database `visits`: for people, who
// look at it on the dashboard.

import { hostname } from 'node:os';
import { describeError } from '../../core/errors.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database } from '../../platform/couch/database.ts';
import { updateDocument } from '../../platform/couch/documents/update-document.ts';
import type { Logger } from '../../platform/log/logger.ts';

export interface WorkerCounts {
  cold: number;
  busy: number;
  idle: number;
  queued: number;
}

export interface WorkersReportPorts {
  clock: Clock;
  log: Logger;
  database: Database;
  instrument: string;
  minimum: number;
  maximum: number;
}

interface WorkersDocument extends WorkerCounts {
  _id: string;
  _rev?: string;
  kind: 'workers';
  instrument: string;
  time: string;
  minimum: number;
  maximum: number;
}

/** Not with every change: a visit of LSSTCam would write a thousand times. */
const PAUSE_MS = 500;
/** Without a change: one that is not written again is of a process that died. */
const AGAIN_MS = 15_000;

export class WorkersReport {
  readonly #ports: WorkersReportPorts;
  readonly #stopped = new AbortController();
  #counts: WorkerCounts = { cold: 0, busy: 0, idle: 0, queued: 0 };
  #wake: () => void = () => {};
  #ended = Promise.resolve();

  constructor(ports: WorkersReportPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#ended = this.#run();
  }

  changed(counts: WorkerCounts): void {
    this.#counts = counts;
    this.#wake();
  }

  /** Says at the end that there are none any more. */
  async stop(): Promise<void> {
    this.#stopped.abort(new Error('the report stops'));
    await this.#ended;
    this.#counts = { cold: 0, busy: 0, idle: 0, queued: 0 };
    await this.#write();
  }

  async #run(): Promise<void> {
    const { clock } = this.#ports;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const changed = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await this.#write();
      await clock.sleep(PAUSE_MS, signal).catch(() => {});
      const again = new AbortController();
      const sleep = clock.sleep(AGAIN_MS, AbortSignal.any([signal, again.signal]));
      await Promise.race([changed, sleep.catch(() => {})]);
      again.abort();
    }
  }

  async #write(): Promise<void> {
    const { clock, log, database, instrument, minimum, maximum } = this.#ports;
    const id = `workers_${instrument}_${hostname()}`;
    try {
      await updateDocument<WorkersDocument>(database, id, (current) => ({
        ...(current?._rev !== undefined && { _rev: current._rev }),
        ...{ _id: id, kind: 'workers', instrument, minimum, maximum, ...this.#counts },
        time: new Date(clock.now()).toISOString(),
      }));
    } catch (error) {
      log.warn({ reason: describeError(error) }, 'could not tell how many workers there are');
    }
  }
}
