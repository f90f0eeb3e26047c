// Small disks that can be filled to the last byte, for tests that run as root.

import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { checksum } from './checker.ts';

export interface SmallDisk {
  /** Writes a file until there is no room for one byte more. */
  fill(name: string): void;
  checksumOf(name: string): string;
  remove(name: string): void;
  grow(size: string): void;
  release(): void;
}

/** A file system in memory of that size, mounted there. */
export function fullDisk(place: string, size: string): SmallDisk {
  mkdirSync(place, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', place]);
  return {
    fill(name) {
      const file = openSync(join(place, name), 'w');
      const block = Buffer.alloc(4096, 'x');
      try {
        for (;;) writeSync(file, block);
      } catch {
        // No room is left: that was wanted.
      }
      closeSync(file);
    },
    checksumOf: (name) => checksum(readFileSync(join(place, name))),
    remove: (name) => rmSync(join(place, name), { force: true }),
    grow: (larger) => execFileSync('mount', ['-o', `remount,size=${larger}`, place]),
    release: () => execFileSync('umount', ['-l', place]),
  };
}
