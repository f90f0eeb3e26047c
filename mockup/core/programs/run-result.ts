// `result.json` of a run directory: how a run ended. The pipeline driver writes it last, and
// torque-maui reads it where it tells XTSS in the driver's place.

export const RESULT_FILE = 'result.json';

export interface TaskRecord {
  phase: 'pre' | 'pipeline' | 'post';
  name: string;
  duration_ms: number;
  error?: string;
}

export interface RunResult {
  outcome: 'completed' | 'problem';
  /** Of a problem, for the OUS's history. */
  reason?: string;
  /** In the names of what the pipeline wrote. */
  timestamp: string;
  tasks: TaskRecord[];
  /** XTSS was not told: whoever started the driver does that. */
  untold?: boolean;
  /** What is in the cache. */
  cached?: string[];
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTextOrNone = (value: unknown) => value === undefined || isText(value);

/** Undefined for what no pipeline driver writes. */
export function readRunResult(value: unknown): RunResult | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { outcome, reason, timestamp, tasks, untold, cached } = value as Record<string, unknown>;
  const isResult =
    (outcome === 'completed' || outcome === 'problem') &&
    isTextOrNone(reason) &&
    isText(timestamp) &&
    Array.isArray(tasks) &&
    (untold === undefined || typeof untold === 'boolean') &&
    (cached === undefined || (Array.isArray(cached) && cached.every(isText)));
  return isResult ? (value as RunResult) : undefined;
}
