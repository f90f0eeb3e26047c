// Keeps the logs of a line small while their writers have them open: a file that has grown is copied
// to `name.1` and begun anew. Its writers append, so they go on at the new beginning.

import { copyFileSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs';

const FILE_BYTES_MAX = 8 * 2 ** 20;
const INTERVAL_MS = 30_000;

/** Returns how to stop. An error (a full disk) leaves the file as it is until the next time. */
export function keepLogsSmall(
  files: () => readonly string[],
  interval_ms: number = INTERVAL_MS,
): () => void {
  const timer = setInterval(() => {
    for (const file of files()) rotateLog(file, FILE_BYTES_MAX);
  }, interval_ms);
  timer.unref();
  return () => clearInterval(timer);
}

/** True where it was rotated. */
export function rotateLog(file: string, bytes_max: number): boolean {
  try {
    if (statSync(file).size <= bytes_max) return false;
    const half = `${file}.copy`;
    copyFileSync(file, half);
    truncateSync(file);
    renameSync(half, `${file}.1`);
    return true;
  } catch {
    rmSync(`${file}.copy`, { force: true });
    return false;
  }
}
