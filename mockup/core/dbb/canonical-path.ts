// One file, one path: whatever names a file of the storage area (a pattern, a log, a person) gives the
// same path for it, and so the same record.

/**
 * `./n1//a` → `n1/a`; with `root`, an absolute path below it becomes relative to it. Undefined for
 * what leaves the directory, or names the directory itself.
 */
export function canonicalPath(path: string, root?: string): string | undefined {
  let text = path;
  if (root !== undefined && text.startsWith('/')) {
    const base = `${root.replace(/\/+$/, '')}/`;
    if (!text.startsWith(base)) return undefined;
    text = text.slice(base.length);
  }
  if (text.startsWith('/') || text.includes('\0')) return undefined;
  const parts: string[] = [];
  for (const part of text.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.length === 0 ? undefined : parts.join('/');
}
