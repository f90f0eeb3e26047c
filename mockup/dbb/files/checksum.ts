// Checksums of files: BLAKE2b-512, as `b2sum` writes it, streamed so that a file of any size costs
// one buffer.

import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

/** 128 hexadecimal digits. */
export type Checksum = string;

const BUFFER_BYTES = 1024 * 1024;

let buffer: Buffer | undefined;

/** For a thread of its own: it waits for the disk. Throws the system's error. */
export function checksumOf(path: string): Checksum {
  buffer ??= Buffer.allocUnsafeSlow(BUFFER_BYTES);
  const hash = createHash('blake2b512');
  const file = openSync(path, 'r');
  try {
    for (;;) {
      const length = readSync(file, buffer, 0, buffer.length, null);
      if (length === 0) return hash.digest('hex');
      hash.update(length === buffer.length ? buffer : buffer.subarray(0, length));
    }
  } finally {
    closeSync(file);
  }
}
