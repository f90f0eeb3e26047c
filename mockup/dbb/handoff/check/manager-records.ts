// The records of one manager, as those who compare them with what is there need them.

import type { FileRecord } from '../../../core/dbb/file-record.ts';
import type { Database, Stored } from '../../../platform/couch/database.ts';
import { pagesOf } from '../../records/check-run.ts';

export interface ManagerRecords {
  files: Database;
  /** In the records: which manager. */
  manager: string;
}

const RANGE = { startKey: 'file:', endKey: 'file:\u{10ffff}' };

/** Pages of this manager's records. */
export async function* recordsOf(
  { files, manager }: ManagerRecords,
  from?: string,
): AsyncGenerator<{ records: Stored<FileRecord>[]; after: string; files: number }> {
  for await (const { page, after } of pagesOf<Stored<FileRecord>>(files, RANGE, from)) {
    const records = page.filter((record) => record.manager === manager);
    yield { records, after, files: page.length };
  }
}

export function pathOfRecord({ relpath, filename }: FileRecord): string {
  return relpath === '' ? filename : `${relpath}/${filename}`;
}

/** Held, and not removed from the holding area since. */
export function isKept({ state, removed_on }: FileRecord): boolean {
  return state === 'held' && !removed_on;
}
