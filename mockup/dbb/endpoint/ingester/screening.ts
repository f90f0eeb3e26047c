// Which files are not tried at all: those that the lists leave out, and those that are missing,
// empty or not what was recorded.

import { type EndpointFile, versionKey } from '../../../core/dbb/endpoint-file.ts';
import { matcherOf } from '../../records/patterns.ts';
import type { LookResult } from '../../storage/storage-moves.ts';
import type { IngesterSettings } from './ingester-settings.ts';

/** Why a path is left out; undefined where it is not. */
export function createListFilter(
  lists: Pick<IngesterSettings, 'include_list' | 'exclude_list'>,
): (path: string) => string | undefined {
  const isIncluded = lists.include_list ? matcherOf(lists.include_list) : () => true;
  const isExcluded = matcherOf(lists.exclude_list ?? []);
  return (path) => {
    if (isExcluded(path)) return 'on the exclude list';
    return isIncluded(path) ? undefined : 'not on the include list';
  };
}

/** Why a file can't be ingested, by its size on the disk (null: no file); undefined where it can. */
export function invalidity(file: EndpointFile, size_bytes: number | null): string | undefined {
  if (size_bytes === null) return 'no such file in the storage area';
  if (size_bytes === 0) return 'the file is empty';
  if (size_bytes === file.size_bytes) return undefined;
  return `the file has ${size_bytes} bytes, not the ${file.size_bytes} on record`;
}

/** The file that was recorded (by its inode) was written to since, or at least touched. */
export function wasTouched(file: EndpointFile, look: LookResult | undefined): boolean {
  if (!look || 'code' in look || file.origin === versionKey(look)) return false;
  return file.origin.split('-').at(-1) === look.ino.toString(36);
}
