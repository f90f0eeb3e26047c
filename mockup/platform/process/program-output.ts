// What a child program writes: its lines go to the parent's log, and the last ones are kept for a
// reason that a person can read. A program that writes without end costs a bounded memory.

import type { Readable } from 'node:stream';
import type { Logger } from '../log/logger.ts';
import { readLines } from './bounded-lines.ts';

const KEPT_LINES = 20;

export interface ProgramOutput {
  /** Reads a stream to its end. */
  follow(stream: Readable, name: 'stdout' | 'stderr'): void;
  lastLines: string[];
}

export function createProgramOutput(log: Logger): ProgramOutput {
  const lastLines: string[] = [];
  return {
    lastLines,
    follow(stream, name) {
      readLines(stream, (line) => {
        if (line.trim() === '') return;
        lastLines.push(logLine(log, line, name));
        if (lastLines.length > KEPT_LINES) lastLines.shift();
      });
    },
  };
}

/** Logs a line and gives its text; a line of this product's own log goes in with its level. */
function logLine(log: Logger, line: string, stream: 'stdout' | 'stderr'): string {
  const entry = parseLogEntry(line);
  if (entry === undefined) {
    log.info({ stream }, line);
    return line;
  }
  const { level, time, pid, name, msg, ...fields } = entry;
  const method = level >= 50 ? 'error' : level >= 40 ? 'warn' : level >= 30 ? 'info' : 'debug';
  log[method](fields, msg);
  return msg;
}

interface LogEntry {
  level: number;
  msg: string;
  [field: string]: unknown;
}

function parseLogEntry(line: string): LogEntry | undefined {
  if (!line.startsWith('{"level":')) return undefined;
  try {
    const entry = JSON.parse(line);
    if (typeof entry.level === 'number' && typeof entry.msg === 'string') return entry;
  } catch {
    // Cut off, or not a log entry: an ordinary line.
  }
  return undefined;
}
