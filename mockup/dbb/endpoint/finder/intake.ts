// Takes a batch of identified files through its steps: what are they by what is on record; mark the
// content, do the action, write the record, complete the action. Each step is one request for the
// whole batch, and after a crash at any point the same steps complete what is left.

import {
  type ContentMark,
  contentId,
  type EndpointFile,
  fileId,
  type IdentifiedFile,
  newEndpointFile,
  pathOfFile,
  versionKey,
} from '../../../core/dbb/endpoint-file.ts';
import type { FileVersion } from '../../../core/dbb/file-version.ts';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { Database, Lookup, Stored, WriteResult } from '../../../platform/couch/database.ts';
import { isFound } from '../../storage/storage-area.ts';
import type { StorageWork } from '../../storage/storage-work.ts';
import { type FinderAction, removeFiles } from './actions.ts';
import { ContentMarks } from './content-marks.ts';
import { type Identity, identityOf } from './identity.ts';
import {
  altered,
  changed,
  conflictOf,
  type IntakeEnd,
  lost,
  notPlaced,
  notRecorded,
  SOON_MS,
  unseen,
} from './intake-end.ts';

export interface IntakeOptions {
  files: Database;
  contents: Database;
  clock: Clock;
  work: StorageWork;
  storage: string;
  /** Where the found files are. */
  location: string;
  standard: FinderAction;
  alternative: FinderAction;
}

const ABSENT = ['ENOENT', 'ENOTDIR'];

interface Entry {
  file: IdentifiedFile;
  end: IntakeEnd | undefined;
}

export class Intake {
  readonly #options: IntakeOptions;
  readonly #marks: ContentMarks;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#marks = new ContentMarks(options.contents, options.clock);
  }

  /** Files that are on record as they are now, where that can be told without reading them. */
  async knownOf<T extends { version: FileVersion | undefined }>(
    found: readonly T[],
  ): Promise<Set<T>> {
    const { files, standard } = this.#options;
    if (standard.name !== 'Noop') return new Set();
    const told = found.flatMap((file) => (file.version ? [{ file, version: file.version }] : []));
    const records = await files.getMany<EndpointFile>(
      told.map(({ version }) => fileId(version.path)),
    );
    const known = told.filter(({ version }, index) => {
      return docOf(records[index])?.origin === versionKey(version);
    });
    return new Set(known.map(({ file }) => file));
  }

  /** One end per file, in order. Rejects where the records can't be written; then all is undone. */
  async take(found: readonly IdentifiedFile[]): Promise<IntakeEnd[]> {
    const entries = found.map((file): Entry => ({ file, end: undefined }));
    const identities = await this.#identify(found);
    const of = (...kinds: Identity['kind'][]) =>
      entries.flatMap((entry, index) => {
        const identity = identities[index];
        return identity && kinds.includes(identity.kind) ? [{ entry, identity }] : [];
      });
    await this.#setAside(of('name_taken', 'content_known'));
    await this.#takeOurs(of('ours').map(({ entry }) => entry));
    await this.#takeTracked(of('tracked'));
    await this.#takeNew(of('new', 'claimed'));
    return entries.map(({ end }) => end ?? { end: 'again', delay_ms: SOON_MS });
  }

  async #identify(found: readonly IdentifiedFile[]): Promise<Identity[]> {
    const { files, contents } = this.#options;
    const [records, marks] = await Promise.all([
      files.getMany<EndpointFile>(found.map(({ version }) => fileId(version.path))),
      contents.getMany<ContentMark>(found.map(({ checksum }) => contentId(checksum))),
    ]);
    const elsewhere = found.flatMap((file, index) => {
      const mark = docOf(marks[index]);
      return mark && mark.path !== file.version.path ? [fileId(mark.path)] : [];
    });
    const others = await files.getMany<EndpointFile>(elsewhere);
    const marked = new Map(elsewhere.map((id, index) => [id, docOf(others[index])]));
    return found.map((file, index) => {
      const mark = docOf(marks[index]);
      return identityOf(file, {
        record: docOf(records[index]),
        mark,
        marked: mark && marked.get(fileId(mark.path)),
      });
    });
  }

  /** A file that has another content than its own record was written to since. */
  async #setAside(found: { entry: Entry; identity: Identity }[]): Promise<void> {
    if (found.length === 0) return;
    const { work, storage } = this.#options;
    const paths = found.map(({ entry }) => entry.file.version.path);
    const looks = await work.look(storage, paths);
    for (const [index, { entry, identity }] of found.entries()) {
      const look = looks[index];
      const isItself = isFound(look) && look.ino === entry.file.version.ino;
      const isChanged = identity.kind === 'name_taken' && isItself;
      entry.end = isChanged ? changed(entry.file) : conflictOf(entry.file, identity);
    }
  }

  /** On record as this very version: a step after the record may be missing. */
  async #takeOurs(entries: Entry[]): Promise<void> {
    if (entries.length === 0) return;
    const { standard } = this.#options;
    const placed = await this.#execute(standard, entries, 'known');
    await standard.complete(placed.map(({ entry }) => entry.file));
  }

  /** Never the last copy is removed: the storage area must have the one on record. */
  async #takeTracked(found: { entry: Entry; identity: Identity }[]): Promise<void> {
    const tracked = found.flatMap(({ entry, identity }) =>
      identity.kind === 'tracked' ? [{ entry, by: identity.by }] : [],
    );
    if (tracked.length === 0) return;
    const { work, storage, location, alternative } = this.#options;
    const looks = await work.look(
      storage,
      tracked.map(({ by }) => pathOfFile(by)),
    );
    const extra: { entry: Entry; other: string }[] = [];
    for (const [index, { entry, by }] of tracked.entries()) {
      const other = pathOfFile(by);
      const isItself = location === storage && other === entry.file.version.path;
      entry.end = { end: isItself ? 'known' : 'tracked' };
      if (isItself) continue;
      const look = looks[index] ?? null;
      const isThere = isFound(look) && look.size_bytes === by.size_bytes;
      if (isThere || alternative.name === 'Noop') extra.push({ entry, other });
      else if (look && 'code' in look) entry.end = unseen(entry.file, other, look.code);
      else entry.end = lost(entry.file, other);
    }
    if (alternative.name !== 'Noop') await this.#removeExtra(extra);
  }

  /** What the storage area has already, by its content, is moved there by removing it here. */
  async #removeExtra(extra: readonly { entry: Entry; other: string }[]): Promise<void> {
    const { work, storage, location } = this.#options;
    const results = await work.identify(
      storage,
      extra.map(({ other }) => other),
    );
    const proven = extra.filter(({ entry, other }, index) => {
      const result = results[index] ?? { code: 'ENOENT' };
      if ('checksum' in result && result.checksum === entry.file.checksum) return true;
      const isAbsent = 'code' in result && ABSENT.includes(result.code);
      if (isAbsent) entry.end = lost(entry.file, other);
      else if ('code' in result) entry.end = unseen(entry.file, other, result.code);
      else if ('changed' in result) entry.end = { end: 'again', delay_ms: SOON_MS };
      else entry.end = altered(entry.file, other);
      return false;
    });
    await removeFiles(
      work,
      location,
      proven.map(({ entry }) => entry.file.version),
    );
  }

  async #takeNew(found: { entry: Entry; identity: Identity }[]): Promise<void> {
    const files = found.map(({ entry, identity }) => {
      const mark = identity.kind === 'claimed' ? identity.mark : undefined;
      return { entry, file: entry.file, mark };
    });
    const marked = await this.#marks.take(files);
    for (const { entry } of files) {
      if (!marked.has(entry.file)) entry.end = { end: 'again', delay_ms: this.#marks.delay_ms };
    }
    const ours = files.flatMap(({ entry }) => (marked.has(entry.file) ? [entry] : []));
    if (ours.length === 0) return;
    const { standard } = this.#options;
    const placed = await this.#execute(standard, ours, 'recorded');
    const unplaced = ours.filter((entry) => !placed.some((one) => one.entry === entry));
    await this.#marks.release(unplaced.map(({ file }) => file));
    await this.#record(placed);
  }

  /** Those that are in place; the others have their end. */
  async #execute(action: FinderAction, entries: Entry[], end: 'recorded' | 'known') {
    const results = await action.execute(entries.map(({ file }) => file));
    return entries.flatMap((entry, index) => {
      const result = results[index] ?? { outcome: 'gone' };
      if (result.outcome === 'placed') {
        entry.end = { end };
        return [{ entry, made: result.made }];
      }
      entry.end = notPlaced(entry.file, result);
      return [];
    });
  }

  async #record(placed: { entry: Entry; made: boolean }[]): Promise<void> {
    const { files, clock, standard } = this.#options;
    const now_ms = clock.now();
    const docs = placed.map(({ entry }) => newEndpointFile(entry.file, standard.name, now_ms));
    let results: WriteResult[];
    try {
      results = await files.bulk(docs);
    } catch (error) {
      await this.#undo(placed);
      throw error;
    }
    for (const [index, { entry }] of placed.entries()) {
      const result = results[index];
      if (result && !result.ok) entry.end = notRecorded(entry.file, result);
    }
    await this.#undo(placed.filter((_, index) => !results[index]?.ok));
    const written = placed.filter((_, index) => results[index]?.ok);
    await standard.complete(written.map(({ entry }) => entry.file));
  }

  /**
   * Where a record names this path, another finder of the same buffer has written it, and may have
   * removed the first name of the file already: then the one in the storage area is the last.
   */
  async #undo(placed: readonly { entry: Entry; made: boolean }[]): Promise<void> {
    const made = placed.flatMap(({ entry, made }) => (made ? [entry.file] : []));
    if (made.length === 0) return;
    const { files, standard } = this.#options;
    const ids = made.map(({ version }) => fileId(version.path));
    const records = await files.getMany<EndpointFile>(ids).catch(() => []);
    await standard.undo(made.filter((_, index) => docOf(records[index]) === undefined));
  }
}

function docOf<T>(lookup: Lookup<T> | undefined): Stored<T> | undefined {
  return lookup && 'doc' in lookup ? lookup.doc : undefined;
}
