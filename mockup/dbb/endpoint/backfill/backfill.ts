// Records files that were in the storage area before. The record of a file itself says for which
// events it counts as BACKFILL, so it is there with that status or not at all, and no ingester can
// take it for new. Files that are on record are passed over without being read: a run that was
// interrupted goes on where it stopped.

import {
  type ContentMark,
  contentId,
  type EndpointFile,
  fileId,
  type IdentifiedFile,
  newEndpointFile,
} from '../../../core/dbb/endpoint-file.ts';
import type { FileVersion } from '../../../core/dbb/file-version.ts';
import { firstDocument } from '../../../core/dbb/ingest-events.ts';
import { describeError } from '../../../core/errors.ts';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { Database, DatabaseServer } from '../../../platform/couch/database.ts';
import type { Logger } from '../../../platform/log/logger.ts';
import { matcherOf } from '../../records/patterns.ts';
import type { SourceSearch } from '../../storage/find-sources.ts';
import type { StorageWork } from '../../storage/storage-work.ts';
import { databaseNamesOf } from '../database-section.ts';
import { prepareDatabases } from '../endpoint-databases.ts';
import type { BackfillConfiguration } from './backfill-settings.ts';

export interface BackfillPorts {
  databases: DatabaseServer;
  clock: Clock;
  log: Logger;
  work: StorageWork;
  findSources(search: SourceSearch): Iterable<FileVersion[]>;
}

export interface BackfillSummary {
  found: number;
  /** On record before. */
  tracked: number;
  recorded: number;
  failed: number;
  /** Sources that name nothing, and files that vanished. */
  missing: number;
}

/** So few that a batch is read while the one before is written, also where there are not many. */
const BATCH = 500;

/** Ends early, with what was done, when the signal is aborted. */
export async function runBackfill(
  ports: BackfillPorts,
  configuration: Pick<BackfillConfiguration, 'database' | 'backfill'>,
  signal: AbortSignal,
): Promise<BackfillSummary> {
  const names = databaseNamesOf(configuration.database.tablenames);
  ports.work.warmUp();
  await prepareDatabases(ports.databases, names);
  const run = new BackfillRun(ports, configuration.backfill.storage, names);
  const { summary } = run;
  const { sources, search, storage } = configuration.backfill;
  const batches = inBatches(
    ports.findSources({
      root: storage,
      sources,
      isExcluded: matcherOf(search?.exclude_list ?? []),
      onMissing(source, reason) {
        summary.missing++;
        ports.log.warn({ source }, reason);
      },
      onOdd({ version: { path }, reason, hides }) {
        if (hides) run.fail(path, reason);
        else ports.log.warn({ path, reason }, 'left out');
      },
    }),
  );
  let before: Promise<void> = Promise.resolve();
  for (const batch of batches) {
    if (signal.aborted) break;
    summary.found += batch.length;
    // The next batch is read while the one before is written.
    const identified = await run.identify(batch);
    await before;
    before = run.record(identified);
  }
  await before;
  return summary;
}

class BackfillRun {
  readonly summary: BackfillSummary = { found: 0, tracked: 0, recorded: 0, failed: 0, missing: 0 };
  readonly #ports: BackfillPorts;
  readonly #storage: string;
  readonly #files: Database;
  readonly #contents: Database;
  readonly #events: Database;

  constructor(ports: BackfillPorts, storage: string, names: ReturnType<typeof databaseNamesOf>) {
    this.#ports = ports;
    this.#storage = storage;
    this.#files = ports.databases.open(names.files);
    this.#contents = ports.databases.open(names.contents);
    this.#events = ports.databases.open(names.events ?? '');
  }

  /** Those that are not on record, read. */
  async identify(batch: readonly FileVersion[]): Promise<IdentifiedFile[]> {
    const { work } = this.#ports;
    const fresh = await this.#untracked(batch);
    const results = await work.identify(
      this.#storage,
      fresh.map(({ path }) => path),
    );
    return fresh.flatMap(({ path }, index) => {
      const result = results[index] ?? { code: 'ENOENT' };
      if ('checksum' in result) return [result];
      const code = 'code' in result ? result.code : 'it is being written';
      if (code === 'ENOENT') this.summary.missing++;
      else this.fail(path, `can't be read: ${code}`);
      return [];
    });
  }

  /** File records first, then their events: each step may be repeated. */
  async record(identified: readonly IdentifiedFile[]): Promise<void> {
    if (identified.length === 0) return;
    try {
      const now_ms = this.#ports.clock.now();
      const docs = identified.map((file) => ({
        ...newEndpointFile(file, 'Noop', now_ms),
        backfill: this.#events.name,
      }));
      const [results] = await Promise.all([this.#files.bulk(docs), this.#mark(identified)]);
      const written = docs.filter((doc, index) => {
        const result = results[index];
        if (result?.ok) return true;
        // A finder, or another backfill, was quicker.
        if (result?.error === 'conflict') this.summary.tracked++;
        else this.fail(doc._id, "can't be put on record");
        return false;
      });
      await this.#enter(written.map(({ _id }) => _id));
      this.summary.recorded += written.length;
    } catch (error) {
      for (const { version } of identified) this.fail(version.path, describeError(error));
    }
  }

  async #untracked(batch: readonly FileVersion[]): Promise<FileVersion[]> {
    const found = await this.#files.getMany<EndpointFile>(batch.map(({ path }) => fileId(path)));
    const unfinished: string[] = [];
    const fresh = batch.filter((_, index) => {
      const lookup = found[index];
      if (!lookup || !('doc' in lookup)) return true;
      if (lookup.doc.backfill === this.#events.name) unfinished.push(lookup.doc._id);
      return false;
    });
    this.summary.tracked += batch.length - fresh.length;
    // A run that was interrupted may have left records without events.
    await this.#enter(unfinished);
    return fresh;
  }

  /** First documents; those that are there already say more. */
  async #enter(ids: readonly string[]): Promise<void> {
    const now_ms = this.#ports.clock.now();
    await this.#events.bulk(ids.map((id) => firstDocument(id, 'BACKFILL', now_ms)));
  }

  /** Marks the contents, so that a finder knows them when they come again. */
  async #mark(identified: readonly IdentifiedFile[]): Promise<void> {
    const marked = identified.filter(({ version }) => version.size_bytes > 0);
    const docs = new Map<string, ContentMark>();
    for (const { checksum, version } of marked) {
      const _id = contentId(checksum);
      if (!docs.has(_id)) docs.set(_id, { _id, path: version.path });
    }
    const wanted = [...docs.values()];
    const results = await this.#contents.bulk(wanted);
    const taken = wanted.filter((_, index) => !results[index]?.ok);
    const found = await this.#contents.getMany<ContentMark>(taken.map(({ _id }) => _id));
    for (const lookup of found) if ('doc' in lookup) docs.set(lookup.doc._id, lookup.doc);
    // What lies in the storage area under two names is there under both: it is recorded, and told.
    for (const { checksum, version } of marked) {
      const other = docs.get(contentId(checksum))?.path;
      if (other === version.path || other === undefined) continue;
      const fields = { path: version.path, other };
      this.#ports.log.warn(fields, 'the same content is there under another name');
    }
  }

  fail(path: string, reason: string): void {
    this.summary.failed++;
    this.#ports.log.error({ path, reason }, 'not recorded');
  }
}

function* inBatches(portions: Iterable<FileVersion[]>): Generator<FileVersion[]> {
  let batch: FileVersion[] = [];
  for (const portion of portions) {
    for (const file of portion) {
      batch.push(file);
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
