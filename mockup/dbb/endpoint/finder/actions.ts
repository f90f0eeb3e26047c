// What happens to a file beside its record. Each action has a part before the record, which can be
// undone, and a part after it, which can be repeated.

import type { ActionName, IdentifiedFile } from '../../../core/dbb/endpoint-file.ts';
import type { FileVersion } from '../../../core/dbb/file-version.ts';
import { AppError } from '../../../core/errors.ts';
import { isFound } from '../../storage/storage-area.ts';
import type { PlaceResult } from '../../storage/storage-moves.ts';
import type { StorageWork } from '../../storage/storage-work.ts';

export interface FinderAction {
  readonly name: ActionName;
  /** Before the record is written. */
  execute(files: readonly IdentifiedFile[]): Promise<PlaceResult[]>;
  /** Where the record can't be written: for files that `execute` made a place for. */
  undo(files: readonly IdentifiedFile[]): Promise<void>;
  /** After the record is written. */
  complete(files: readonly IdentifiedFile[]): Promise<void>;
}

export interface ActionPlaces {
  /** Where the found files are. */
  location: string;
  storage: string;
}

export function createAction(
  name: ActionName,
  work: StorageWork,
  { location, storage }: ActionPlaces,
): FinderAction {
  const versionsOf = (files: readonly IdentifiedFile[]) => files.map(({ version }) => version);
  const roots = { source: location, storage };
  const stay = async (files: readonly IdentifiedFile[]): Promise<PlaceResult[]> =>
    files.map(() => ({ outcome: 'placed', made: false }));
  const nothing = async (): Promise<void> => {};
  const remove = (files: readonly IdentifiedFile[]): Promise<void> =>
    removeFiles(work, location, versionsOf(files));
  switch (name) {
    case 'Noop':
      return { name, execute: stay, undo: nothing, complete: nothing };
    case 'Delete':
      return { name, execute: stay, undo: nothing, complete: remove };
    case 'Move': {
      // Files that are in the storage area already are where a move would bring them.
      if (location === storage) return { name, execute: stay, undo: nothing, complete: nothing };
      const undo = async (files: readonly IdentifiedFile[]): Promise<void> => {
        await work.unplace(roots, versionsOf(files));
      };
      const complete = async (files: readonly IdentifiedFile[]): Promise<void> => {
        const paths = files.map(({ version }) => version.path);
        const looks = await work.look(storage, paths);
        const there = files.filter(({ version }, index) => {
          const look = looks[index];
          return isFound(look) && look.size_bytes === version.size_bytes;
        });
        await remove(there);
        if (there.length === files.length) return;
        // Somebody took it away in between: it is placed once more.
        throw new AppError('not_placed', `files are no longer in ${storage}`, { retriable: true });
      };
      return { name, execute: (files) => work.place(roots, files), undo, complete };
    }
  }
}

/** Throws where the system refuses it for any: they are on record, and it is tried again. */
export async function removeFiles(
  work: StorageWork,
  location: string,
  versions: readonly FileVersion[],
): Promise<void> {
  const results = await work.remove(location, versions);
  const left = versions.filter((_, index) => results[index] === 'failed');
  const [first] = left;
  if (!first) return;
  const others = left.length > 1 ? ` and ${left.length - 1} others` : '';
  const message = `${first.path}${others} can't be removed from ${location}`;
  throw new AppError('not_removed', message, {
    hint: 'may this user remove files there? They are on record already',
    retriable: true,
  });
}
