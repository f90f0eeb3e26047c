// Paths made of names that come from messages, documents, zips or URLs: they must stay inside
// their directory.

import { posix } from 'node:path';
import { InvalidInputError } from '../../core/errors.ts';

/**
 * `base` and the relative `name` below it, as one path. Throws InvalidInputError where the name is
 * absolute, leaves the directory, or has a NUL or backslash in it.
 */
export function pathInside(base: string, name: string): string {
  const joined = posix.join(base, name);
  const root = posix.join(base, '/');
  const bad = name === '' || name.startsWith('/') || /[\0\\]/.test(name);
  if (bad || !joined.startsWith(root) || joined === root) {
    throw new InvalidInputError(`not a name inside its directory: ${JSON.stringify(name)}`);
  }
  return joined;
}

export function joinPath(...parts: string[]): string {
  return posix.join(...parts);
}
