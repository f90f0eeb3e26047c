// What `draws doctor` should know of the line that has a cache: its ports and directories, beside the
// databases, for as long as the line runs.

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LineSite } from './line-plan.ts';

type KnownSite = Pick<LineSite, 'executive' | 'cacheDirectory' | 'runsDirectory' | 'cachePort'> & {
  dashboardPort?: number;
};

const NAME = 'line.json';

/** Returns what removes it again. */
export function writeLineFile(directory: string, sites: readonly LineSite[]): () => void {
  const known = sites.map(
    ({ executive, cacheDirectory, runsDirectory, cachePort, dashboardUrl }): KnownSite => {
      const dashboard = dashboardUrl ? { dashboardPort: Number(new URL(dashboardUrl).port) } : {};
      return { executive, cacheDirectory, runsDirectory, cachePort, ...dashboard };
    },
  );
  const path = join(directory, NAME);
  writeFileSync(`${path}.new`, JSON.stringify(known));
  renameSync(`${path}.new`, path);
  return () => rmSync(path, { force: true });
}

/** The site of a line that has this cache, `<data>/<site>/cache`; undefined where there is none. */
export function siteWithCache(cacheDirectory: string): KnownSite | undefined {
  try {
    const text = readFileSync(join(cacheDirectory, '../..', NAME), 'utf8');
    const known = JSON.parse(text) as KnownSite[];
    return known.find((site) => site.cacheDirectory === cacheDirectory);
  } catch {
    return undefined;
  }
}
