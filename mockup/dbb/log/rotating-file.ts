// A log file that is rotated by size or by time, as Python's logging handlers do it: `name.1` is
// the newest old file by size; by time the old file gets the time in its name.

import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

export type Rotation =
  | { by: 'size'; bytes_max: number; backups: number }
  | { by: 'time'; when: string; interval: number; backups: number };

export interface RotatingFile {
  write(line: string): void;
  /** The next line goes into the file that has the name then. */
  reopen(): void;
  close(): void;
}

const HOUR_MS = 3_600_000;
const UNIT_MS: Readonly<Record<string, number>> = {
  S: 1000,
  M: 60_000,
  H: HOUR_MS,
  D: 24 * HOUR_MS,
};

export function openRotatingFile(path: string, rotation?: Rotation): RotatingFile {
  mkdirSync(dirname(path), { recursive: true });
  const first = openSync(path, 'a');
  let file: number | undefined = first;
  let bytes = fstatSync(first).size;
  const since_ms = bytes > 0 ? fstatSync(first).birthtimeMs : Date.now();
  let due_ms = rotation?.by === 'time' ? nextRotation_ms(rotation, since_ms) : undefined;

  const close = (): void => {
    const open = file;
    // A number that was closed may be another file's by now.
    file = undefined;
    if (open !== undefined) closeSync(open);
  };
  const rotate = (): void => {
    close();
    try {
      if (rotation?.by === 'size') shiftNumbered(path, rotation.backups);
      else if (rotation) moveDated(path, rotation.backups);
    } catch {
      // It goes on in the same file.
    }
    bytes = 0;
    if (rotation?.by === 'time') due_ms = nextRotation_ms(rotation, Date.now());
  };
  const write = (line: string): void => {
    const length = Buffer.byteLength(line);
    const full =
      rotation?.by === 'size' &&
      rotation.bytes_max > 0 &&
      bytes > 0 &&
      bytes + length > rotation.bytes_max;
    if (full || (due_ms !== undefined && Date.now() >= due_ms)) rotate();
    file ??= openSync(path, 'a');
    writeSync(file, line);
    bytes += length;
  };
  return {
    write(line) {
      try {
        write(line);
      } catch {
        // A full disk costs lines of the log, and never the one whose log it is.
      }
    },
    reopen() {
      close();
      bytes = 0;
    },
    close,
  };
}

/** Without backups the file is begun anew, so that the limit holds. */
function shiftNumbered(path: string, backups: number): void {
  if (backups === 0) {
    rmSync(path, { force: true });
    return;
  }
  for (let number = backups - 1; number >= 1; number--) {
    if (existsSync(`${path}.${number}`)) renameSync(`${path}.${number}`, `${path}.${number + 1}`);
  }
  renameSync(path, `${path}.1`);
}

function moveDated(path: string, backups: number): void {
  const stamp = new Date().toISOString().replace('T', '_').replaceAll(':', '-').slice(0, 19);
  let name = `${path}.${stamp}`;
  for (let more = 2; existsSync(name); more++) name = `${path}.${stamp}.${more}`;
  renameSync(path, name);
  if (backups === 0) return;
  const old = readdirSync(dirname(path))
    .filter((one) => one.startsWith(`${basename(path)}.2`))
    .sort();
  for (const one of old.slice(0, Math.max(old.length - backups, 0))) {
    rmSync(join(dirname(path), one), { force: true });
  }
}

/** `W0` is Monday; those and `midnight` rotate at the start of a day (UTC). */
function nextRotation_ms(rotation: { when: string; interval: number }, from_ms: number): number {
  const unit_ms = UNIT_MS[rotation.when];
  if (unit_ms !== undefined) return from_ms + unit_ms * rotation.interval;
  const day_ms = 24 * HOUR_MS;
  const midnight_ms = (Math.floor(from_ms / day_ms) + 1) * day_ms;
  if (rotation.when === 'midnight') return midnight_ms + (rotation.interval - 1) * day_ms;
  const weekday = Number(rotation.when.slice(1));
  const there = (new Date(midnight_ms).getUTCDay() + 6) % 7;
  return midnight_ms + ((weekday - there + 7) % 7) * day_ms;
}
