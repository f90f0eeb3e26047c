// A source module finds its neighbours (workers, programs, the page) by its own URL. What is compiled
// of it is in a chunk elsewhere, and has the URL that the module would have in the build.

import { dirname, relative } from 'node:path/posix';
import type { Plugin } from 'rolldown';

const ROOT = '@build-root@';

/** `path`: of the source, from the root of the repository. */
export function placeInBuild(code: string, path: string): string {
  if (/\bimport\.meta\.(?!url\b|main\b)/.test(code)) {
    throw new Error(`${path}: only import.meta.url is known to the compiled programs`);
  }
  const place = `${ROOT}/${path.replace(/\.ts$/, '.js')}`;
  return code.replaceAll('import.meta.url', `new URL('${place}', import.meta.url).href`);
}

/** Replaces the root by the way that leads there from the chunk. */
export const sourcePlaces: Plugin = {
  name: 'source places',
  renderChunk(code, { fileName }) {
    return code.replaceAll(ROOT, relative(dirname(fileName), '.') || '.');
  },
};
