// When people work: office hours on some days, by the clock of their site, and not while everybody
// is away. Times are milliseconds of the calendar (UTC); a site's clock is a fixed offset.

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** 1970-01-01 was a Thursday. */
const FIRST_WEEKDAY = 3;
const WEEK: readonly string[] = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

export interface WorkingTime {
  hours: { from: number; to: number };
  days: readonly string[];
  /** Hours ahead of UTC. */
  utc: number;
  /** From, to: nobody is there. */
  away?: readonly (readonly [from_ms: number, to_ms: number])[];
}

/** Working weeks that may follow each other without a working hour. */
const DAYS_MAX = 4000;

/** The first moment from `time_ms` on at which people work. */
export function nextWorking(working: WorkingTime, time_ms: number): number {
  return spans(working, time_ms).next().value?.[0] ?? Number.POSITIVE_INFINITY;
}

/** When a task is done that is begun at `time_ms` and needs so much working time. */
export function endOfTask(working: WorkingTime, time_ms: number, work_ms: number): number {
  let left_ms = work_ms;
  for (const [from_ms, to_ms] of spans(working, time_ms)) {
    if (to_ms - from_ms >= left_ms) return from_ms + left_ms;
    left_ms -= to_ms - from_ms;
  }
  return Number.POSITIVE_INFINITY;
}

/** Working time between two moments. */
export function workingBetween(working: WorkingTime, from_ms: number, to_ms: number): number {
  let sum_ms = 0;
  for (const [begin_ms, end_ms] of spans(working, from_ms)) {
    if (begin_ms >= to_ms) break;
    sum_ms += Math.min(end_ms, to_ms) - begin_ms;
  }
  return sum_ms;
}

/** The spans of work from `time_ms` on; the first may have begun before and is cut there. */
function* spans(
  { hours, days, utc, away = [] }: WorkingTime,
  time_ms: number,
): Generator<[from_ms: number, to_ms: number]> {
  const first = Math.floor((time_ms + utc * HOUR_MS) / DAY_MS);
  for (let day = first; day < first + DAYS_MAX; day++) {
    if (!days.includes(WEEK[(day + FIRST_WEEKDAY) % 7] as string)) continue;
    const midnight_ms = day * DAY_MS - utc * HOUR_MS;
    const from_ms = Math.max(midnight_ms + hours.from * HOUR_MS, time_ms);
    const to_ms = midnight_ms + hours.to * HOUR_MS;
    if (from_ms < to_ms) yield* without(away, from_ms, to_ms);
  }
}

function* without(
  away: NonNullable<WorkingTime['away']>,
  from_ms: number,
  to_ms: number,
): Generator<[number, number]> {
  let begin_ms = from_ms;
  for (const [gone_ms, back_ms] of away) {
    if (back_ms <= begin_ms || gone_ms >= to_ms) continue;
    if (gone_ms > begin_ms) yield [begin_ms, gone_ms];
    begin_ms = Math.max(begin_ms, back_ms);
  }
  if (begin_ms < to_ms) yield [begin_ms, to_ms];
}
