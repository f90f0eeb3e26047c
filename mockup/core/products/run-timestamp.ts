// The time that stands for a run in all its names. A products directory is named by project and
// time only, so two runs must not share a time: each site has every fourth millisecond to itself.

import { type Executive, executives } from '../executives.ts';
import { formatTimestamp } from '../timestamps.ts';

/** The first time of `site` that is not before `notBefore_ms`. */
export function runTimestamp(notBefore_ms: number, site: Executive): string {
  const start_ms = Math.ceil(notBefore_ms);
  const count = executives.length;
  const ahead_ms = (executives.indexOf(site) - (start_ms % count) + count) % count;
  return formatTimestamp(start_ms + ahead_ms);
}
