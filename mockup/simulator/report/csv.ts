// What is on record of each OUS, one line each, for other programs.

import { formatTimestamp } from '../../core/timestamps.ts';
import type { CycleRecord } from '../measures/cycle-record.ts';
import { timingNames, timingsOf } from '../measures/timings.ts';

const columns = ['progID', 'ousUID', 'array', 'byHand', 'executive', 'observed', 'state'] as const;

export function csvOf({ ouss }: CycleRecord): string {
  const sizes = ['raw_bytes', 'products_bytes'];
  const heading = [...columns, ...sizes, ...timingNames.map((name) => `${name}_s`)];
  const lines = ouss.map((ous) => {
    const timings = timingsOf(ous);
    return [
      ous.progId,
      ous.ousUid,
      ous.array,
      String(ous.byHand),
      ous.executive,
      formatTimestamp(ous.observed_ms),
      ous.states.at(-1)?.state ?? '',
      Math.round(ous.raw_bytes),
      Math.round(ous.products_bytes),
      // Empty: it did not begin, or did not end.
      ...timingNames.map((name) => (Number.isFinite(timings[name]) ? timings[name] : '')),
    ].map(quoted);
  });
  return `${[heading, ...lines].map((cells) => cells.join(',')).join('\n')}\n`;
}

/** A spreadsheet must not take what stands in a file of names for a formula. */
function quoted(cell: string | number | undefined): string {
  const text = String(cell);
  const safe = typeof cell === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
