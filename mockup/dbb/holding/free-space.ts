// Room on the disk of a directory, for those who may not be root.

import { statfsSync } from 'node:fs';

export function freeBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}
