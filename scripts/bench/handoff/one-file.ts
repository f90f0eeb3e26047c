// One new file, again and again, each when the one before is done: how long until it is complete at the
// endpoint. The manager has then verified it too.

import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure } from '../figure.ts';
import { median } from '../statistics.ts';
import { type Site, startManager, untilTrue } from './contenders.ts';
import { hasLsyncd, startLsyncd } from './lsyncd.ts';

const FILES = 15;
const SIZE_BYTES = 10 * 1024;

export async function measureOneFile(site: Site, transfer: string): Promise<Figure[]> {
  const destination = join(site.directory, 'one-file');
  const root = join(site.directory, 'one-file-manager');
  const manager = await startManager(root, destination, { transfer, site });
  const figures: Figure[] = [];
  try {
    const seconds = await shipEach(site.directory, manager.buffer, join(destination, 'buffer'));
    const aim = { value: 0.15, is: 'at most' } as const;
    figures.push({ what: 'one new file: hdfmgr', value: seconds, unit: 's', aim });
  } finally {
    await manager.stop();
    rmSync(destination, { recursive: true, force: true });
  }
  if (!hasLsyncd) return figures;
  const daemon = await startLsyncd(site, destination);
  try {
    const seconds = await shipEach(site.directory, daemon.watched, destination);
    figures.push({ what: 'one new file: lsyncd', value: seconds, unit: 's' });
  } finally {
    await daemon.stop();
    rmSync(destination, { recursive: true, force: true });
  }
  return figures;
}

/** Median of the seconds. */
async function shipEach(directory: string, from: string, to: string): Promise<number> {
  const seconds: number[] = [];
  const temporary = join(directory, 'new-file');
  mkdirSync(from, { recursive: true });
  for (let index = 0; index < FILES; index++) {
    const name = `new-${index}.fits`;
    writeFileSync(temporary, Buffer.alloc(SIZE_BYTES, name));
    const start = performance.now();
    renameSync(temporary, join(from, name));
    await untilTrue(() => existsSync(join(to, name)));
    seconds.push((performance.now() - start) / 1000);
  }
  return median(seconds);
}
