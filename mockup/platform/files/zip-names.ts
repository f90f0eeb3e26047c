// Which names an archive may hold, so that each can be unpacked inside one directory.

import { InvalidInputError } from '../../core/errors.ts';

const NAME_BYTES_MAX = 255;
const PATH_BYTES_MAX = 2000;
const DEPTH_MAX = 64;

/**
 * Names that end with `/` are directories. Throws InvalidInputError at the first name that is
 * absolute, leaves the directory, stands twice, or is both a file and a directory.
 */
export function checkEntryNames(names: readonly string[]): void {
  const files = new Set<string>();
  const directories = new Set<string>();
  for (const name of names) {
    const path = name.endsWith('/') ? name.slice(0, -1) : name;
    const parts = path.split('/');
    const problem = pathProblem(path, parts);
    if (problem) refuse(name, problem);
    const known = name.endsWith('/') ? directories.has(`${path}/`) : files.has(path);
    if (known) refuse(name, 'stands twice');
    if (name.endsWith('/')) directories.add(`${path}/`);
    else files.add(path);
  }
  refuseMixed(files, directories);
}

function pathProblem(path: string, parts: string[]): string | undefined {
  if (path === '') return 'is empty';
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'is absolute';
  if (path.includes('\\')) return 'has a backslash';
  if (path.includes('\0')) return 'has a NUL';
  if (parts.includes('..')) return 'leaves its directory';
  if (parts.includes('.') || parts.includes('')) return 'has an empty part';
  if (parts.includes('__proto__')) return 'is reserved';
  if (parts.length > DEPTH_MAX) return 'is too deep';
  const tooLong = parts.some((part) => Buffer.byteLength(part) > NAME_BYTES_MAX);
  return tooLong || Buffer.byteLength(path) > PATH_BYTES_MAX ? 'is too long' : undefined;
}

function refuseMixed(files: Set<string>, directories: Set<string>): void {
  const above = new Set([...directories].map((path) => path.slice(0, -1)));
  for (const path of [...files, ...above]) {
    const parts = path.split('/');
    for (let length = 1; length < parts.length; length++) {
      above.add(parts.slice(0, length).join('/'));
    }
  }
  for (const path of files) {
    if (above.has(path)) refuse(path, 'is a file and a directory');
  }
}

function refuse(name: string, problem: string): never {
  const shown = name.length > 100 ? `${name.slice(0, 100)}…` : name;
  throw new InvalidInputError(`zip: the name ${JSON.stringify(shown)} ${problem}`);
}
