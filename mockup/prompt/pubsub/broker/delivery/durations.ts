// google.protobuf.Duration and Timestamp, as plain objects, in milliseconds.

import { invalid } from '../../pubsub-error.ts';

export interface ProtoTime {
  seconds?: number | string;
  nanos?: number;
}

export function toMilliseconds(time: unknown): number | undefined {
  if (time === null || time === undefined) return undefined;
  const { seconds = 0, nanos = 0 } = time as ProtoTime;
  return Number(seconds) * 1000 + Math.floor(nanos / 1_000_000);
}

export function toProtoTime(time_ms: number): Required<ProtoTime> {
  const seconds = Math.floor(time_ms / 1000);
  return { seconds, nanos: Math.round((time_ms - seconds * 1000) * 1_000_000) };
}

/** Throws INVALID_ARGUMENT where a duration is outside its bounds; `fallback_ms` where absent. */
export function boundedDuration(
  duration: unknown,
  what: string,
  { minimum_ms, maximum_ms, fallback_ms }: Record<`${string}_ms`, number>,
): number {
  const found_ms = toMilliseconds(duration) ?? (fallback_ms as number);
  if (found_ms >= (minimum_ms as number) && found_ms <= (maximum_ms as number)) return found_ms;
  const [from, to] = [minimum_ms as number, maximum_ms as number].map((ms) => ms / 1000);
  throw invalid(`${what} must be from ${from} to ${to} s, not ${found_ms / 1000} s`);
}
