// Compares the storage area with the records, page by page: files on record that are lost or changed,
// and dark files, which lie there and are not on record. It changes nothing.

import {
  type EndpointFile,
  fileId,
  fileIdRange,
  pathOfFile,
} from '../../core/dbb/endpoint-file.ts';
import type { FileVersion } from '../../core/dbb/file-version.ts';
import type { Database } from '../../platform/couch/database.ts';
import type { SourceSearch } from '../storage/find-sources.ts';
import { isFound } from '../storage/storage-area.ts';
import type { StorageWork } from '../storage/storage-work.ts';

export interface CheckOptions {
  files: Database;
  work: StorageWork;
  storage: string;
  findSources(search: SourceSearch): Iterable<FileVersion[]>;
  onFinding(finding: CheckFinding): void;
}

/** `unseen`: the system does not let it be looked at. */
export interface CheckFinding {
  kind: 'lost' | 'changed' | 'dark' | 'unseen';
  path: string;
  detail: string;
}

export interface CheckCounts {
  /** On record, and in the storage area. */
  records: number;
  stored: number;
  lost: number;
  changed: number;
  dark: number;
  unseen: number;
}

const PAGE = 1000;
/** Of copies under way. */
const TEMPORARY = /(^|\/)\.part-[0-9a-f]{16}$/;

export async function checkEndpoint(options: CheckOptions): Promise<CheckCounts> {
  const counts = { records: 0, stored: 0, lost: 0, changed: 0, dark: 0, unseen: 0 };
  const tell = (kind: CheckFinding['kind'], path: string, detail: string): void => {
    counts[kind]++;
    options.onFinding({ kind, path, detail });
  };
  for await (const page of recordsOf(options.files)) {
    counts.records += page.length;
    await checkRecords(page, options, tell);
  }
  const found = options.findSources({
    root: options.storage,
    sources: ['.'],
    isExcluded: (path) => TEMPORARY.test(path),
    onMissing: (source, reason) => tell('unseen', source, reason),
    onOdd: ({ version, reason }) => tell('unseen', version.path, reason),
  });
  for (const portion of found) {
    counts.stored += portion.length;
    for (let from = 0; from < portion.length; from += PAGE) {
      const part = portion.slice(from, from + PAGE);
      const records = await options.files.getMany(part.map(({ path }) => fileId(path)));
      for (const [index, { path, size_bytes }] of part.entries()) {
        const lookup = records[index];
        if (!lookup || !('doc' in lookup))
          tell('dark', path, `${size_bytes} bytes, not on record`);
      }
    }
  }
  return counts;
}

async function checkRecords(
  page: readonly EndpointFile[],
  { work, storage }: CheckOptions,
  tell: (kind: CheckFinding['kind'], path: string, detail: string) => void,
): Promise<void> {
  // A file that was to be removed after it was recorded is not lost.
  const kept = page.filter(({ action }) => action !== 'Delete');
  const looks = await work.look(storage, kept.map(pathOfFile));
  for (const [index, record] of kept.entries()) {
    const look = looks[index] ?? null;
    const path = pathOfFile(record);
    if (look === null) tell('lost', path, 'on record, and not in the storage area');
    else if (!isFound(look)) tell('unseen', path, look.code);
    else if (look.size_bytes !== record.size_bytes) {
      tell('changed', path, `${look.size_bytes} bytes, ${record.size_bytes} on record`);
    }
  }
}

async function* recordsOf(files: Database): AsyncGenerator<EndpointFile[]> {
  const { startKey, endKey } = fileIdRange('');
  for (let from = startKey; ; ) {
    const page = await files.allDocs<EndpointFile>({ startKey: from, endKey, limit: PAGE });
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
    from = `${page.at(-1)?._id}\u0000`;
  }
}
