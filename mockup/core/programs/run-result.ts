// `result.json` of a run directory: how a run ended. The pipeline driver writes it last, and
// torque-maui reads it where it tells XTSS in the driver's place.

import { z } from 'zod';

export const RESULT_FILE = 'result.json';

const taskRecord = z.object({
  phase: z.enum(['pre', 'pipeline', 'post']),
  name: z.string(),
  duration_ms: z.number(),
  error: z.string().optional(),
});

export const runResult = z.object({
  outcome: z.enum(['completed', 'problem']),
  /** Of a problem, for the OUS's history. */
  reason: z.string().optional(),
  /** In the names of what the pipeline wrote. */
  timestamp: z.string(),
  tasks: z.array(taskRecord),
  /** XTSS was not told: whoever started the driver does that. */
  untold: z.boolean().optional(),
  /** What is in the cache. */
  cached: z.array(z.string()).optional(),
});

export type TaskRecord = z.infer<typeof taskRecord>;
export type RunResult = z.infer<typeof runResult>;
