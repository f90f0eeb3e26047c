// "It is there already" is proven by content: size and BLAKE2b-512, or the very same file.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file, and what is on record of it. */
export interface RecordedContent {
  path: string;
  size_bytes: number;
  /** BLAKE2b-512. */
  checksum: string;
}

/** `same`: it holds this content; `other`: it does not; `unseen`: it can't be looked at. */
export type Comparison = 'same' | 'other' | 'unseen';

const BEGIN_BYTES = 64 * 1024;

/** Compares what lies at a path, or behind a link there, with the file as it is on record. */
export async function compareContent(path: string, file: RecordedContent): Promise<Comparison> {
  try {
    const [there, own] = await Promise.all([stat(path), stat(file.path)]);
    if (!there.isFile() || there.size !== file.size_bytes) return 'other';
    if (there.ino === own.ino && there.dev === own.dev) return 'same';
    // Images of one camera have one size: most are told apart by their headers.
    if (!(await beginOf(path)).equals(await beginOf(file.path))) return 'other';
    return (await blake2bOf(path)) === file.checksum ? 'same' : 'other';
  } catch {
    return 'unseen';
  }
}

/** True where some file below a directory holds this content. */
export async function holdsContent(directory: string, file: RecordedContent): Promise<boolean> {
  const waiting = [directory];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const entries = await readdir(at, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) waiting.push(path);
      else if ((await compareContent(path, file)) === 'same') return true;
    }
  }
  return false;
}

/** `file:///a/b%20c` or `/a/b c` → `/a/b c`; undefined for what lies elsewhere. */
export function localPathOf(uri: string): string | undefined {
  if (uri.startsWith('/')) return uri;
  try {
    return uri.startsWith('file://') ? fileURLToPath(uri) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether something is there; throws where that can't be told. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

async function beginOf(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGIN_BYTES), 0, BEGIN_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

export async function blake2bOf(path: string): Promise<string> {
  const hash = createHash('blake2b512');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    hash.update(chunk as Uint8Array);
  }
  return hash.digest('hex');
}
