// The ingester: claims files, many at a time, has its plugin try them in lanes, and writes what came
// of it. Everything waits for the database where that is away, and nothing is lost meanwhile.

import type { EndpointFile } from '../../../core/dbb/endpoint-file.ts';
import { pathOfFile } from '../../../core/dbb/endpoint-file.ts';
import { describeError } from '../../../core/errors.ts';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { DatabaseServer } from '../../../platform/couch/database.ts';
import type { ChangesPages } from '../../../platform/couch/feeds/changes-pages.ts';
import type { Logger } from '../../../platform/log/logger.ts';
import type { StartWorkerProcess } from '../../process/worker-process.ts';
import type { StorageWork } from '../../storage/storage-work.ts';
import { databaseNamesOf } from '../database-section.ts';
import { prepareDatabases } from '../endpoint-databases.ts';
import type { FromWorker, ToWorker } from '../plugins/worker-protocol.ts';
import { Attempts, type IngesterCounts } from './attempts.ts';
import { type Candidate, Candidates } from './claiming/candidates.ts';
import { CheckpointStore } from './claiming/checkpoint-store.ts';
import { HolderWatch } from './claiming/holder-watch.ts';
import { IngesterLease, type ProcessIdentity } from './claiming/lease.ts';
import { readNewFiles } from './claiming/new-files.ts';
import { RefusedFiles } from './claiming/refused-files.ts';
import { RequestedFiles } from './claiming/requested-files.ts';
import { Takeovers } from './claiming/takeovers.ts';
import { EventStore } from './event-store.ts';
import type { IngesterConfiguration } from './ingester-settings.ts';
import { RerunRequests } from './rerun-requests.ts';
import { createListFilter } from './screening.ts';

export interface IngesterPorts {
  databases: DatabaseServer;
  /** Changes of a database of the same server. */
  changesOf(database: string): ChangesPages;
  clock: Clock;
  log: Logger;
  work: StorageWork;
  startProcess: StartWorkerProcess;
  self: ProcessIdentity;
  isProcessGone(machine: string, pid: number): boolean;
}

export interface IngesterPlace {
  /** Directory of the configuration, for a plugin's relative paths. */
  directory: string;
  /** The CouchDB server, as a URL; may carry credentials. */
  couchUrl: string;
}

export interface Ingester {
  readonly counts: Readonly<IngesterCounts>;
  /** Why nothing goes through at the moment: the target, or the storage area, is away. */
  readonly trouble: string | undefined;
  /** Resolves where it is no daemon and nothing is left; rejects where it can't go on. */
  readonly finished: Promise<void>;
  /** Ends after the files that were begun. */
  stop(): Promise<void>;
}

/** Throws where the databases or the plugin can't be used. */
export async function startIngester(
  ports: IngesterPorts,
  configuration: Pick<IngesterConfiguration, 'database' | 'ingester'>,
  place: IngesterPlace,
): Promise<Ingester> {
  const names = databaseNamesOf(configuration.database.tablenames);
  const prepared = prepareDatabases(ports.databases, names).then((made) => {
    if (made.length > 0) ports.log.info({ databases: made }, 'databases were made');
  });
  const run = new IngesterRun({ ports, configuration, place, names, prepared });
  await run.start();
  return run;
}

const IGNORED_PAGE = 500;

interface RunOptions {
  ports: IngesterPorts;
  configuration: Pick<IngesterConfiguration, 'ingester'>;
  place: IngesterPlace;
  names: ReturnType<typeof databaseNamesOf>;
  /** The databases are there. */
  prepared: Promise<void>;
}

class IngesterRun implements Ingester {
  readonly counts: IngesterCounts = {
    succeeded: 0,
    failed: 0,
    unknown: 0,
    invalid: 0,
    ignored: 0,
  };
  trouble: string | undefined;
  readonly finished: Promise<void>;
  readonly #ports: IngesterPorts;
  readonly #settings: IngesterConfiguration['ingester'];
  readonly #candidates = new Candidates();
  readonly #store: EventStore;
  readonly #lease: IngesterLease;
  readonly #watch: HolderWatch;
  readonly #asked: RequestedFiles;
  readonly #attempts: Attempts;
  readonly #checkpoints: CheckpointStore;
  readonly #pages: ChangesPages;
  readonly #eventsName: string;
  readonly #leftOut: (path: string) => string | undefined;
  readonly #prepared: Promise<void>;
  readonly #stopping = new AbortController();
  readonly #refused: RefusedFiles;
  #ignored: Candidate[] = [];
  #present: Candidate[] = [];
  readonly #takeovers: Takeovers;
  #allRead = false;
  #running: Promise<unknown>[] = [];
  #stopped: Promise<void> | undefined;
  #finish: { resolve(): void; reject(error: unknown): void } | undefined;

  constructor({ ports, configuration, place, names, prepared }: RunOptions) {
    const { clock, log, self, databases } = ports;
    const { ingester: settings } = configuration;
    this.#ports = ports;
    this.#prepared = prepared;
    this.#settings = settings;
    this.#eventsName = names.events ?? '';
    const events = databases.open(this.#eventsName);
    const files = databases.open(names.files);
    const { instance } = self;
    this.#store = new EventStore({ events, files, clock, instance });
    const { lease: lease_s } = settings;
    this.#lease = new IngesterLease({ events, clock, log, self, lease_s, prepared });
    this.#watch = new HolderWatch({
      ...{ events, clock, instance, lease_s: settings.lease },
      isProcessGone: ports.isProcessGone,
      onDead: (dead, holder) => this.#takeovers.begin(dead, holder),
    });
    this.#takeovers = new Takeovers({
      ...{ log, store: this.#store, watch: () => this.#watch, requested: () => this.#asked },
      onDone: () => this.#endIfDone(),
    });
    const { signal } = this.#stopping;
    this.#refused = new RefusedFiles({ clock, log, daemon: settings.daemon, signal });
    const shared = { settings, clock, store: this.#store, candidates: this.#candidates };
    const { storage } = settings;
    const requests = new RerunRequests({ events, files, clock, log, storage });
    this.#asked = new RequestedFiles({
      ...shared,
      events,
      watch: this.#watch,
      requests,
      log,
      signal,
    });
    this.#attempts = new Attempts({
      ...{ settings, clock, log, work: ports.work, store: this.#store, lease: this.#lease },
      counts: this.counts,
      start: { kind: 'start', plugin: settings.plugin, ...place },
      startProcess: () => ports.startProcess<ToWorker, FromWorker>(log),
      onIdle: () => this.#endIfDone(),
      onHopeless: (error) => this.#finish?.reject(error),
      onTrouble: (trouble) => {
        this.trouble = trouble;
        void this.#lease.tell(trouble);
      },
    });
    this.#checkpoints = new CheckpointStore(events, clock, log);
    this.#pages = ports.changesOf(names.files);
    this.#leftOut = createListFilter(settings);
    this.finished = new Promise((resolve, reject) => {
      this.#finish = { resolve, reject };
    });
    this.finished.catch(() => {});
  }

  async start(): Promise<void> {
    // The plugin is loaded while the database is asked.
    const asked = this.#prepared.then(() => this.#asked.start());
    asked.catch(() => {});
    try {
      const parts = await Promise.allSettled([this.#prepared, this.#attempts.open()]);
      for (const part of parts) if (part.status === 'rejected') throw part.reason;
      // More may have been asked for than the candidates have room for: some must be taken.
      this.#running.push(this.#guard(this.#claimLoop()));
      // Where the claims can't go on, nobody takes what fills the candidates.
      await Promise.race([asked, this.finished]);
    } catch (error) {
      await this.stop();
      await Promise.allSettled([asked]);
      throw error;
    }
    this.#running.push(this.#guard(this.#readFiles()));
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stopNow();
    return this.#stopped;
  }

  async #stopNow(): Promise<void> {
    this.#stopping.abort(new Error('the ingester stops'));
    this.#watch.stop();
    this.#candidates.close();
    const left = this.#attempts.close();
    await this.#asked.stop();
    await Promise.all(this.#running);
    left.push(...this.#attempts.close());
    await this.#attempts.stop();
    try {
      await this.#store.giveBack(left);
      await this.#checkpoints.save();
      await this.#takeovers.finished();
      await this.#lease.end();
    } catch (error) {
      // The database is away; who comes next finds it out.
      this.#ports.log.warn({ reason: describeError(error) }, 'what was in flight stays marked');
    }
  }

  async #readFiles(): Promise<void> {
    if (this.#settings.file_status === 'UNTRIED') {
      await readNewFiles({
        ...{ pages: this.#pages, place: this.#checkpoints, candidates: this.#candidates },
        follow: this.#settings.daemon,
        signal: this.#stopping.signal,
        divert: (candidate) => this.#divert(candidate),
        onPage: () => this.#enterDiverted(),
      });
    }
    this.#allRead = true;
    this.#endIfDone();
  }

  /** Files that are not tried, but get their first document. */
  #divert(candidate: Candidate & { file: EndpointFile }): boolean {
    if (candidate.file.backfill === this.#eventsName) this.#present.push(candidate);
    else if (this.#leftOut(pathOfFile(candidate.file))) this.#ignored.push(candidate);
    else return false;
    return true;
  }

  async #enterDiverted(): Promise<void> {
    for (const [list, status] of [
      [this.#ignored, 'IGNORED'],
      [this.#present, 'BACKFILL'],
    ] as const) {
      while (list.length > 0) {
        const part = list.splice(0, IGNORED_PAGE);
        const [first] = part;
        const why = status === 'IGNORED' && first?.file && this.#leftOut(pathOfFile(first.file));
        const failed = await this.#store.enter(part, status, why || undefined);
        this.#refused.sort(part, failed, (again) => {
          list.push(...again);
          this.#running.push(this.#guard(this.#enterDiverted()));
        });
        if (status === 'IGNORED') this.counts.ignored += part.length - failed.length;
      }
    }
  }

  async #claimLoop(): Promise<void> {
    for (;;) {
      const count = await this.#attempts.room();
      if (count === 0) return;
      const candidates = await this.#candidates.take(count);
      if (candidates.length === 0) return;
      await this.#lease.take();
      const { claimed, failed } = await this.#store.claim(candidates);
      this.#refused.sort(candidates, failed, (again) => {
        for (const candidate of again) this.#candidates.add(candidate);
      });
      await this.#attempts.put(claimed, candidates.length === count);
      this.#candidates.finished(candidates.length);
      this.#endIfDone();
    }
  }

  /** Nothing in flight: the lease rests. And where it is no daemon and nothing is left, it ends. */
  #endIfDone(): void {
    const isIdle = this.#takeovers.isIdle && this.#candidates.isEmpty && this.#attempts.isIdle;
    if (!isIdle || this.#stopping.signal.aborted) return;
    this.#lease.rest();
    if (!this.#settings.daemon && this.#allRead) this.#finish?.resolve();
  }

  /** An error that nobody expected ends the ingester, with its reason. */
  async #guard(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#finish?.reject(error);
    }
  }
}
