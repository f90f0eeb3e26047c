// The logs of a line on this machine, for pages: the end of one process's, and what all of them say of
// one OUS while a run was under way.

import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogLine } from '../../protocol/json-api.ts';
import { fieldsOf, textOf } from '../summaries/reading.ts';

/** `JAO-xtss`; nothing that could lead anywhere else. */
const PROCESS = /^[A-Z]{2,3}-[a-z0-9-]{1,40}$/;
const FILE = /^([A-Z]{2,3}-[a-z0-9-]{1,40})\.log$/;
const END_BYTES = 48 * 1024;
const SEARCHED_BYTES = 2 * 1024 * 1024;
const LINES_MAX = 400;
const LINE_LENGTH_MAX = 2_000;

/** The last lines; undefined where there is no such log. */
export async function endOfLog(
  directory: string,
  process: string,
): Promise<LogLine[] | undefined> {
  if (!PROCESS.test(process)) return undefined;
  const text = await readEnd(join(directory, `${process}.log`), END_BYTES);
  if (text === undefined) return undefined;
  const lines = linesOf(text).slice(-LINES_MAX);
  return lines.map((line) => readLine(process, line));
}

/** Lines that name the OUS, of all processes, in order of time. */
export async function linesAbout(
  directory: string,
  ousUid: string,
  span: { from_ms: number; to_ms: number },
): Promise<LogLine[]> {
  const found: LogLine[] = [];
  const names = await readdir(directory).catch(() => []);
  for (const name of names) {
    const [, process] = FILE.exec(name) ?? [];
    const text = process && (await readEnd(join(directory, name), SEARCHED_BYTES));
    if (!process || !text) continue;
    for (const line of linesOf(text)) {
      if (!line.includes(`"${ousUid}"`)) continue;
      const read = readLine(process, line);
      const { time_ms } = read;
      if (time_ms !== null && time_ms >= span.from_ms && time_ms <= span.to_ms) found.push(read);
    }
  }
  return found.sort((one, other) => (one.time_ms ?? 0) - (other.time_ms ?? 0)).slice(-LINES_MAX);
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** A line of another kind than expected is shown as it is. */
function readLine(process: string, line: string): LogLine {
  try {
    const { time, level, msg, ...rest } = fieldsOf(JSON.parse(line));
    const { pid: _, name: _name, site: _site, ...more } = rest;
    const fields = Object.keys(more).length > 0 ? ` ${JSON.stringify(more)}` : '';
    const time_ms = typeof time === 'string' ? Date.parse(time) : Number.NaN;
    return {
      process,
      time_ms: Number.isNaN(time_ms) ? null : time_ms,
      level: typeof level === 'number' ? level : null,
      text: `${textOf(msg) ?? ''}${fields}`.slice(0, LINE_LENGTH_MAX),
    };
  } catch {
    return { process, time_ms: null, level: null, text: line.slice(0, LINE_LENGTH_MAX) };
  }
}

/** Without the line in which it begins, where that is not the first. */
async function readEnd(path: string, bytes: number): Promise<string | undefined> {
  const file = await open(path, 'r').catch(() => undefined);
  if (!file) return undefined;
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - bytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    const text = buffer.toString('utf8', 0, bytesRead);
    return from === 0 ? text : text.slice(text.indexOf('\n') + 1);
  } finally {
    await file.close();
  }
}
