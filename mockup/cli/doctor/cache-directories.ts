// Are the directories of this site there, writable, and with room?

import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { type Finding, failure, problem, well } from './finding.ts';
import type { Patient } from './patient.ts';

const AREA = 'cache directories';
const FREE_BYTES_MIN = 64 * 1024 ** 2;
const MEGABYTE = 1024 ** 2;

export async function examineDirectories({
  runsDirectory,
  localCache,
}: Patient): Promise<Finding[]> {
  if (localCache === undefined || runsDirectory === undefined) {
    return [
      problem(AREA, 'DRAWS_LOCAL_CACHE is not set', 'export it, such as /tmp/draws-jao-cache'),
    ];
  }
  return [
    examineDirectory(localCache, true),
    examineDirectory(join(localCache, 'weblogs'), true),
    examineDirectory(runsDirectory, false),
  ];
}

/** The Pipeline's runs directory is made when it is needed. */
function examineDirectory(path: string, needed: boolean): Finding {
  try {
    if (!existsSync(path)) {
      if (!needed) return well(AREA, `${path}: made with the first Pipeline run`);
      return problem(AREA, `${path} does not exist`, `mkdir -p ${path}`);
    }
    try {
      accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch {
      return problem(AREA, `${path} can't be written`, 'let this user write there');
    }
    const { bavail, bsize } = statfsSync(path);
    const free = `${Math.floor((bavail * bsize) / MEGABYTE)} MB free`;
    if (bavail * bsize >= FREE_BYTES_MIN) return well(AREA, `${path}: ${free}`);
    const advice = 'make room: "draws clear-all-dbs --caches", or remove old products';
    return problem(AREA, `the disk of ${path} is full: ${free}`, advice);
  } catch (error) {
    return failure(AREA, error);
  }
}
