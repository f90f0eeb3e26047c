// A small file that must be written though the disk is full: then it lies in a spare directory on
// another disk, and a link (which takes no room) stands in its place.

import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Codes of a disk that takes no more, though it can still be read and things can be moved. */
const FULL = ['ENOSPC', 'EDQUOT'];

export function isFull(error: unknown): boolean {
  return FULL.includes(String((error as NodeJS.ErrnoException).code));
}

/** `path` must not be there, or may be replaced. Without a `spare` directory a full disk throws. */
export function writeSmallFile(path: string, text: string, spare: string | undefined): void {
  try {
    writeFileSync(path, text, { flush: true });
  } catch (error) {
    rmSync(path, { force: true });
    if (!isFull(error) || spare === undefined) throw error;
    mkdirSync(spare, { recursive: true });
    const elsewhere = join(spare, basename(path));
    writeFileSync(elsewhere, text, { flush: true });
    symlinkSync(elsewhere, path);
  }
}
