// Zip archives in memory. Made ones depend on their content alone, so that a repeated pipeline run
// gives the same bytes. Read ones come from other sites and are trusted in nothing: a bad name, a
// link or an unreasonable size refuses the whole archive.

import { crc32, inflateRawSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { InvalidInputError } from '../../core/errors.ts';
import { readDirectory, type ZipDirectoryEntry } from './zip-directory.ts';
import { checkEntryNames } from './zip-names.ts';

export interface ZipEntry {
  /** Relative, with `/`. */
  name: string;
  content: Uint8Array;
}

export interface ZipLimits {
  /** Default 10 000. */
  entries_max?: number;
  /** All contents together, unpacked. Default 256 MiB. */
  totalBytes_max?: number;
}

const ENTRIES_MAX = 10_000;
const TOTAL_BYTES_MAX = 256 * 1024 * 1024;

/** Zip keeps local time without a zone; this moment is the same in each. */
const FIXED_TIME = new Date(1980, 0, 1, 0, 0, 0);

/** Throws InvalidInputError for names that `readZip` would refuse. */
export function makeZip(entries: readonly ZipEntry[]): Uint8Array {
  checkEntryNames(entries.map(({ name }) => name));
  const files = Object.fromEntries(entries.map(({ name, content }) => [name, content]));
  return zipSync(files, { mtime: FIXED_TIME, level: 6 });
}

/**
 * The files of the archive, in its order; directories are told by the names. Throws
 * InvalidInputError, before anything is unpacked where the directory tells.
 */
export function readZip(data: Uint8Array, limits: ZipLimits = {}): ZipEntry[] {
  const totalBytes_max = limits.totalBytes_max ?? TOTAL_BYTES_MAX;
  const listed = readDirectory(data, limits.entries_max ?? ENTRIES_MAX);
  checkEntryNames(listed.map(({ name }) => name));
  const total_bytes = listed.reduce((sum, { size_bytes }) => sum + size_bytes, 0);
  if (total_bytes > totalBytes_max) {
    throw new InvalidInputError(
      `zip: ${total_bytes} bytes unpacked; the limit is ${totalBytes_max}`,
    );
  }
  const files = listed.filter(({ name }) => !name.endsWith('/'));
  return files.map((entry) => ({ name: entry.name, content: unpack(entry) }));
}

/** Never gives more than the size that the directory told. */
function unpack({ name, method, packed, size_bytes, crc }: ZipDirectoryEntry): Uint8Array {
  const content = method === 'stored' ? packed.slice() : inflate(name, packed, size_bytes);
  if (content.length !== size_bytes || crc32(content) !== crc) {
    throw new InvalidInputError(`zip: ${JSON.stringify(name)} is damaged`);
  }
  return content;
}

function inflate(name: string, packed: Uint8Array, size_bytes: number): Uint8Array {
  try {
    const unpacked = inflateRawSync(packed, { maxOutputLength: Math.max(size_bytes, 1) });
    return new Uint8Array(unpacked);
  } catch (cause) {
    throw new InvalidInputError(`zip: ${JSON.stringify(name)} is damaged or larger than it says`, {
      cause,
    });
  }
}
