// Which content under which name: what tells one version of a file from the next without reading
// it. A writer that changes a file changes its size, its time or its inode.

export interface FileVersion {
  /** Relative to the buffer, with `/`. */
  path: string;
  size_bytes: number;
  /** Times in ms since 1970, with fractions. */
  mtime_ms: number;
  ctime_ms: number;
  ino: number;
}

/**
 * The same content under the same inode. The time of the last status change is left out where the
 * file was renamed in between, which changes it too.
 */
export function isSameVersion(
  one: Omit<FileVersion, 'path'>,
  other: Omit<FileVersion, 'path'>,
  options: { renamed?: boolean } = {},
): boolean {
  return (
    one.ino === other.ino &&
    one.size_bytes === other.size_bytes &&
    one.mtime_ms === other.mtime_ms &&
    (options.renamed === true || one.ctime_ms === other.ctime_ms)
  );
}

/** `foo/bar/baz.fits` → `foo/bar`; '' for a file at the top. */
export function directoryOf(path: string): string {
  const end = path.lastIndexOf('/');
  return end < 0 ? '' : path.slice(0, end);
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
