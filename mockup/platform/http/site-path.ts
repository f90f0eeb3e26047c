// From the path of a URL to a place in the served directory, and never to one outside it.

import { lstat, realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

export interface SitePlace {
  /** The file or directory on the disk, symbolic links resolved. */
  path: string;
  kind: 'file' | 'directory';
}

/** The decoded names of a URL path; undefined where one of them must not be asked for. */
export function pathNames(urlPath: string): string[] | undefined {
  const parts = urlPath.split('/').slice(1);
  if (parts.at(-1) === '') parts.pop();
  const names: string[] = [];
  for (const part of parts) {
    const name = decode(part);
    if (name === undefined || !isServable(name)) return undefined;
    names.push(name);
  }
  return names;
}

/** The absolute URL path of a directory or file; it can't be taken for another host. */
export function urlPathOf(names: readonly string[], kind: SitePlace['kind']): string {
  const path = names.map((name) => `/${encodeURIComponent(name)}`).join('');
  return kind === 'directory' ? `${path}/` : path;
}

/** Hidden files, `.` and `..`, and what could be read as a separator stay out. */
export function isServable(name: string): boolean {
  return name !== '' && !name.startsWith('.') && !/[/\\\0]/.test(name);
}

/**
 * Where a symbolic link leads out of the directory, or to something hidden in it, there is
 * nothing. Throws system errors other than ENOENT and the like.
 */
export async function findPlace(
  root: string,
  names: readonly string[],
): Promise<SitePlace | undefined> {
  try {
    const realRoot = await realpath(root);
    const path = await realpath(join(realRoot, ...names));
    const inside = relative(realRoot, path);
    if (inside !== '' && !inside.split(sep).every(isServable)) return undefined;
    const stats = await lstat(path);
    if (stats.isDirectory()) return { path, kind: 'directory' };
    return stats.isFile() ? { path, kind: 'file' } : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code && ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(code)) return undefined;
    throw error;
  }
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
