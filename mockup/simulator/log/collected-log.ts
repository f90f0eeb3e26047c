// What all simulated processes log, in one list, for tests and for people who look for a reason.

import { formatTimestamp } from '../../core/timestamps.ts';
import type { Logger } from '../../platform/log/logger.ts';

const KEPT = 200;

export interface LogEntry {
  time_ms: number;
  level: 'debug' | 'info' | 'warn' | 'error';
  /** `xtss@JAO`. */
  process: string;
  fields: object;
  message: string;
}

export class CollectedLog {
  readonly entries: LogEntry[] = [];
  readonly #now: () => number;

  readonly #warningsOnly: boolean;

  /** `warningsOnly`: what tells of ordinary work is not kept, and of the rest the latest. */
  constructor(now: () => number, { warningsOnly = false } = {}) {
    this.#now = now;
    this.#warningsOnly = warningsOnly;
  }

  /** `isAlive`: a dead process writes nothing. */
  loggerOf(process: string, isAlive: () => boolean, bindings: object = {}): Logger {
    const at =
      (level: LogEntry['level']): Logger['info'] =>
      (fields, message) => {
        if (!isAlive() || (this.#warningsOnly && (level === 'debug' || level === 'info'))) return;
        const entry = { ...bindings, ...fields };
        this.entries.push({ time_ms: this.#now(), level, process, fields: entry, message });
        if (this.#warningsOnly && this.entries.length >= 2 * KEPT) this.entries.splice(0, KEPT);
      };
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (more) => this.loggerOf(process, isAlive, { ...bindings, ...more }),
    };
  }

  /** The last lines of one process or of all, for a person. */
  lastLines(count: number, process?: string): string[] {
    return this.entries
      .filter((entry) => process === undefined || entry.process === process)
      .slice(-count)
      .map(describe);
  }
}

function describe({ time_ms, level, process, fields, message }: LogEntry): string {
  const said = JSON.stringify(fields, (_, value) =>
    value instanceof Error ? (value.stack ?? value.message) : value,
  );
  return `${formatTimestamp(time_ms)} ${level} ${process}: ${message} ${said}`;
}
