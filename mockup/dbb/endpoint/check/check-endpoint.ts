// Compares the storage area with the records, and the records with what an ingester says of them and
// with its target: files on record that are lost or changed, dark files (they lie there and are not
// on record), files that the target lacks.

import {
  type EndpointFile,
  fileId,
  fileIdRange,
  pathOfFile,
} from '../../../core/dbb/endpoint-file.ts';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { Database } from '../../../platform/couch/database.ts';
import { walkInOrder } from '../../files/walk-in-order.ts';
import {
  type CheckPhase,
  type CheckRun,
  type CheckStep,
  pagesOf,
} from '../../records/check-run.ts';
import { isFound } from '../../storage/storage-area.ts';
import type { StorageWork } from '../../storage/storage-work.ts';
import type { TargetCheck } from './check-target.ts';
import { checkTargetDark, type TargetDarkOptions } from './check-target-dark.ts';
import { recordDark } from './record-dark.ts';

export interface CheckOptions {
  files: Database;
  contents: Database;
  work: StorageWork;
  clock: Clock;
  storage: string;
  /** Of an ingester. */
  target?: TargetCheck | undefined;
  /** Where dark files inside the target are looked for. */
  targetDark?: TargetDarkOptions | undefined;
  /** Left out by the configuration, so it may lie in the storage area without a record. */
  isExcluded(path: string): boolean;
  /** Records dark files, and asks again for what the target lacks. */
  repairs: boolean;
}

/** What is counted; those of `FAULTS` are also told, one by one. */
export const COUNTS = ['records', 'stored', 'lost', 'changed', 'dark', 'unseen'] as const;
export const FAULTS: readonly string[] = [
  ...['lost', 'changed', 'dark', 'unseen'],
  ...['orphan', 'missing', 'differs', 'dark-in-target'],
];

const PAGE = 1000;
/** Of copies under way. */
const TEMPORARY = /(^|\/)\.part-[0-9a-f]{16}$/;

export function endpointPhases(options: CheckOptions, run: CheckRun): CheckPhase[] {
  const { target, targetDark } = options;
  const searchTarget = (found: TargetDarkOptions): CheckPhase => {
    return { name: 'in target', steps: (after) => checkTargetDark(found, run, after) };
  };
  return [
    { name: 'records', steps: (after) => checkRecords(options, run, after) },
    { name: 'storage', steps: (after) => checkStorage(options, run, after) },
    ...(target ? [{ name: 'target', steps: (after?: string) => target.steps(run, after) }] : []),
    ...(targetDark ? [searchTarget(targetDark)] : []),
  ];
}

async function* checkRecords(
  { files, work, storage }: CheckOptions,
  run: CheckRun,
  from: string | undefined,
): AsyncGenerator<CheckStep> {
  for await (const { page, after } of pagesOf<EndpointFile>(files, fileIdRange(''), from)) {
    run.count('records', page.length);
    // A file that was to be removed after it was recorded is not lost.
    const kept = page.filter(({ action }) => action !== 'Delete');
    const looks = await work.look(storage, kept.map(pathOfFile));
    for (const [index, record] of kept.entries()) {
      const look = looks[index] ?? null;
      const path = pathOfFile(record);
      if (look === null) run.tell('lost', path, 'on record, and not in the storage area');
      else if (!isFound(look)) run.tell('unseen', path, look.code);
      else if (look.size_bytes !== record.size_bytes) {
        run.tell('changed', path, `${look.size_bytes} bytes, ${record.size_bytes} on record`);
      }
    }
    yield { after, files: page.length };
  }
}

async function* checkStorage(
  options: CheckOptions,
  run: CheckRun,
  from: string | undefined,
): AsyncGenerator<CheckStep> {
  const found = walkInOrder(options.storage, from, (path) => TEMPORARY.test(path));
  for (const { directory, paths, fault } of found) {
    if (fault !== undefined) run.tell('unseen', directory, fault);
    for (let at = 0; at < paths.length; at += PAGE) {
      await checkStored(paths.slice(at, at + PAGE), options, run);
    }
    yield { after: directory, files: paths.length };
  }
}

async function checkStored(
  paths: readonly string[],
  options: CheckOptions,
  run: CheckRun,
): Promise<void> {
  const { files, work, storage, repairs } = options;
  const records = await files.getMany<EndpointFile>(paths.map(fileId));
  const isRecorded = (_: string, index: number) => 'doc' in (records[index] ?? {});
  run.count('stored', paths.filter(isRecorded).length);
  const others = paths.filter(
    (path, index) => !isRecorded(path, index) && !options.isExcluded(path),
  );
  const looks = await work.look(storage, others);
  const dark: string[] = [];
  for (const [index, path] of others.entries()) {
    const look = looks[index] ?? null;
    // A name that is not UTF-8 can't be looked up by its text.
    const isOdd = look === null && path.includes('\ufffd');
    if (isOdd) run.tell('unseen', path, 'its name is not UTF-8');
    else if (look !== null && !isFound(look)) run.tell('unseen', path, look.code);
    if (look === null || !isFound(look)) continue;
    run.count('stored');
    dark.push(path);
    if (!repairs) run.tell('dark', path, `${look.size_bytes} bytes, not on record`);
  }
  if (repairs) await recordDark(dark, options, run);
}
