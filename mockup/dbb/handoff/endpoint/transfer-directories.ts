// The directories of a batch as a transfer command may name them. Some programs (scp with its old
// protocol, old versions of rsync) have what follows `host:` read by a shell at the other side, so
// that a directory of an odd name is reached by a number there: see `makeDirectoriesCommand`.

import { directoryOf } from '../../../core/dbb/file-version.ts';
import { quoteForShell } from '../../../platform/process/shell-quoting.ts';
import type { CommandTemplate } from '../../remote/command-template.ts';

export interface BatchDirectories {
  plain: string[];
  /** Those that the transfer command must not name. */
  aliased: string[];
}

/** The directories of these files, each once, without that of the batch itself. */
export function directoriesFor(
  { arguments: all }: CommandTemplate,
  paths: readonly string[],
): BatchDirectories {
  const isElsewhere = all.some(
    (argument) =>
      argument.findIndex((part) => typeof part === 'object' && part.name === 'dest') > 0,
  );
  const directories = [...new Set(paths.map(directoryOf))].filter((one) => one !== '');
  const isOdd = (directory: string) => isElsewhere && quoteForShell(directory) !== directory;
  return {
    plain: directories.filter((directory) => !isOdd(directory)),
    aliased: directories.filter(isOdd),
  };
}

/** Where the transfer command sends each of these files; `batch`: the directory of the batch. */
export function destinationsOf(
  transfer: CommandTemplate,
  batch: string,
  paths: readonly string[],
): (path: string) => string {
  const { aliased } = directoriesFor(transfer, paths);
  const numbers = new Map(aliased.map((directory, number) => [directory, number]));
  return (path) => {
    const directory = directoryOf(path);
    const number = numbers.get(directory);
    if (number !== undefined) return `${batch}.d/${number}`;
    return directory === '' ? batch : `${batch}/${directory}`;
  };
}
