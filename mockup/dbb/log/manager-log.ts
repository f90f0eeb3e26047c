// The log of a buffer manager, as its configuration wants it: standard output or a file with
// rotation, JSON lines, readable ones on a terminal, or a format of Python's logging.

import type { Logger } from '../../platform/log/logger.ts';
import { createPinoLogger, type LogLevel } from '../../platform/log/pino-logger.ts';
import { formatLine } from './line-format.ts';
import { openRotatingFile, type Rotation } from './rotating-file.ts';

export interface ManagerLogSettings {
  file: string | null;
  level: 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL';
  format?: string | null | undefined;
  rotate: 'SIZE' | 'TIME' | null;
  when: string;
  interval: number;
  maxbytes: number;
  backup_count: number;
}

const LEVELS: Readonly<Record<ManagerLogSettings['level'], LogLevel>> = {
  DEBUG: 'debug',
  INFO: 'info',
  WARNING: 'warn',
  ERROR: 'error',
  CRITICAL: 'error',
};

export interface ManagerLog {
  log: Logger;
  /** After somebody moved the file away: the next line begins a new one. */
  reopen(): void;
  close(): void;
}

/** `write` writes to standard output. Throws the system's error where the file can't be opened. */
export function openManagerLog(
  name: string,
  settings: ManagerLogSettings,
  write: (text: string) => void,
): ManagerLog {
  const { file, format, level } = settings;
  const common = { name, level: LEVELS[level] };
  if (file === null && !format) {
    return { log: createPinoLogger(common), reopen: () => {}, close: () => {} };
  }
  const target = file === null ? undefined : openRotatingFile(file, rotationOf(settings));
  const put = target ? (line: string) => target.write(line) : write;
  const destination = { write: format ? (line: string) => put(formatLine(format, line)) : put };
  return {
    log: createPinoLogger({ ...common, destination }),
    reopen: () => target?.reopen(),
    close: () => target?.close(),
  };
}

function rotationOf(settings: ManagerLogSettings): Rotation | undefined {
  const { rotate, when, interval, maxbytes, backup_count: backups } = settings;
  if (rotate === 'SIZE') return { by: 'size', bytes_max: maxbytes, backups };
  if (rotate === 'TIME') return { by: 'time', when, interval, backups };
  return undefined;
}
