// The marks that make a content belong to one path. A mark is made before its file is recorded; one
// that stays without a record belonged to a finder that died, and its path never came back.

import {
  type ContentMark,
  contentId,
  type IdentifiedFile,
} from '../../../core/dbb/endpoint-file.ts';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { Database, Stored } from '../../../platform/couch/database.ts';
import { hasMark } from './identity.ts';

export interface MarkRequest {
  file: IdentifiedFile;
  /** The mark that stands for another path, which is not on record. */
  mark: Stored<ContentMark> | undefined;
}

/** A finder that lives writes its record long before this. */
const ABANDONED_MS = 30_000;
const LOOK_AGAIN_MS = 1000;

export class ContentMarks {
  /** Before a file is looked at again whose content is marked for another. */
  readonly delay_ms = LOOK_AGAIN_MS;
  readonly #contents: Database;
  readonly #clock: Clock;
  /** Marks without a record, by id: since when they are known in this revision. */
  readonly #suspects = new Map<string, { rev: string; since_ms: number }>();
  /** Marks that this process made; needed to take them back. */
  readonly #made = new Map<string, string>();

  constructor(contents: Database, clock: Clock) {
    this.#contents = contents;
    this.#clock = clock;
  }

  /** The files whose content is marked for them now. */
  async take(requests: readonly MarkRequest[]): Promise<Set<IdentifiedFile>> {
    this.#made.clear();
    const taken = new Set<IdentifiedFile>();
    const wanted = new Map<string, { file: IdentifiedFile; doc: ContentMark }>();
    for (const { file, mark } of requests) {
      const id = contentId(file.checksum);
      if (!hasMark(file)) taken.add(file);
      else if (!wanted.has(id) && (!mark || this.#isAbandoned(mark))) {
        const doc = { _id: id, path: file.version.path };
        wanted.set(id, { file, doc: mark ? { ...doc, _rev: mark._rev } : doc });
      }
    }
    const attempts = [...wanted.values()];
    const results = await this.#contents.bulk(attempts.map(({ doc }) => doc));
    const lost: typeof attempts = [];
    for (const [index, attempt] of attempts.entries()) {
      const result = results[index];
      if (!result?.ok) lost.push(attempt);
      else {
        this.#made.set(attempt.doc._id, result.rev);
        this.#suspects.delete(attempt.doc._id);
        taken.add(attempt.file);
      }
    }
    for (const file of await this.#ownAmong(lost)) taken.add(file);
    return taken;
  }

  /** Takes marks back that were made for files that found no place. */
  async release(files: readonly IdentifiedFile[]): Promise<void> {
    const docs = files.flatMap(({ checksum }) => {
      const id = contentId(checksum);
      const rev = this.#made.get(id);
      return rev === undefined ? [] : [{ _id: id, _rev: rev, _deleted: true as const }];
    });
    await this.#contents.bulk(docs);
  }

  /** A mark that an earlier run made for the same path is as good as a new one. */
  async #ownAmong(lost: { file: IdentifiedFile; doc: ContentMark }[]): Promise<IdentifiedFile[]> {
    const found = await this.#contents.getMany<ContentMark>(lost.map(({ doc }) => doc._id));
    return lost.flatMap(({ file, doc }, index) => {
      const lookup = found[index];
      return lookup && 'doc' in lookup && lookup.doc.path === doc.path ? [file] : [];
    });
  }

  #isAbandoned({ _id, _rev }: Stored<ContentMark>): boolean {
    const now_ms = this.#clock.monotonic();
    const suspect = this.#suspects.get(_id);
    if (suspect?.rev === _rev) return now_ms - suspect.since_ms > ABANDONED_MS;
    this.#suspects.set(_id, { rev: _rev, since_ms: now_ms });
    return false;
  }
}
