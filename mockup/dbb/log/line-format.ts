// Log lines in a format of Python's logging, such as `%(asctime)s:%(levelname)s:%(message)s`, for
// those whose tools read the log of the Python manager.

import { printable } from '../../platform/text/printable.ts';

const LEVELS: readonly (readonly [number, string])[] = [
  [50, 'CRITICAL'],
  [40, 'ERROR'],
  [30, 'WARNING'],
  [20, 'INFO'],
  [0, 'DEBUG'],
];

/** Fields that pino adds to every line. */
const OWN = new Set(['level', 'time', 'pid', 'name', 'msg']);

/** `line`: one JSON object as pino writes it; returns a line, with its line feed. */
export function formatLine(format: string, line: string): string {
  const entry = JSON.parse(line) as Record<string, unknown>;
  const level = Number(entry.level);
  // pino's levels are ten above Python's.
  const levelname = LEVELS.find(([from]) => level - 10 >= from)?.[1] ?? 'DEBUG';
  const values: Record<string, unknown> = {
    asctime: String(entry.time).replace('T', ' ').replace('.', ',').replace(/Z$/, ''),
    created: Date.parse(String(entry.time)) / 1000,
    name: entry.name,
    levelname,
    levelno: level - 10,
    process: entry.pid,
    message: messageOf(entry),
  };
  const text = format.replaceAll(/%(?:\((\w+)\)([-0-9.]*)([sdf])|%)/g, (all, name, width) =>
    name === undefined ? '%' : pad(values[name] === undefined ? all : String(values[name]), width),
  );
  return `${text}\n`;
}

function messageOf(entry: Record<string, unknown>): string {
  const fields = Object.entries(entry)
    .filter(([name]) => !OWN.has(name))
    .map(
      ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
  return printable([entry.msg, ...fields].join(' ')).replaceAll('\n', '\\n');
}

/** `-8` to the left, `8` to the right. */
function pad(text: string, width: string): string {
  const length = Math.abs(Number.parseInt(width, 10));
  if (!(length > 0)) return text;
  return width.startsWith('-') ? text.padEnd(length) : text.padStart(length);
}
