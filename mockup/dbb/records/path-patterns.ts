// Patterns of paths as shells have them: `*` and `?` stay within a directory, `**` does not. A
// pattern without any names a file, or a directory with all that is below it.

const SPECIAL = /[*?[]/;

/** The part before anything special: all matching paths begin with it. */
export function literalPrefix(pattern: string): string {
  const at = pattern.search(SPECIAL);
  return at < 0 ? pattern.replace(/\/+$/, '') : pattern.slice(0, at);
}

export function pathMatcher(pattern: string): (path: string) => boolean {
  const text = tidied(pattern);
  if (text === '' || text === '.') return () => true;
  const expression = new RegExp(`^${translate(text)}(/.*)?$`, 's');
  return (path) => expression.test(path);
}

/** `./n1//*.fits` → `n1/*.fits`: as the paths on record are written. */
export function tidied(pattern: string): string {
  return pattern
    .replaceAll(/\/{2,}/g, '/')
    .replace(/^(\.\/)+/, '')
    .replaceAll('/./', '/')
    .replace(/\/+$/, '');
}

function translate(pattern: string): string {
  return pattern.replaceAll(/\*\*\/|\*\*|\*|\?|\[[!^]?\]?[^\]]*\]|[\\^$.+()[\]{}|]/g, (part) => {
    if (part === '**/') return '(.*/)?';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    if (part.length > 2) return part.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    return `\\${part}`;
  });
}
