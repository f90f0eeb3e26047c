// A storm as a value: how much work there is, where, and which faults come when. It follows from a
// seed, can be stored, made smaller and run again.

import { z } from 'zod';
import { executives } from '../../core/executives.ts';
import { type FaultKind, faultNames } from './fault-kinds.ts';

const site = z.enum(executives);

const fault = z.strictObject({
  kind: z.enum(faultNames as [FaultKind, ...FaultKind[]]),
  /** Virtual milliseconds since the first launch. */
  at_ms: z.number().nonnegative(),
  /** Whose site, link, disk, clock, server or process. */
  site,
  /** Of strikes and twins: the name of the process. */
  process: z.string().optional(),
  /** Of strikes: at the next call of this name, such as `msgq.bulk`, `*.find`, `files.*` or `*`. */
  call: z.string().optional(),
  moment: z.enum(['before', 'after']).optional(),
  for_ms: z.number().positive().optional(),
  /** How many times as slow, or as fast a clock. */
  factor: z.number().positive().optional(),
  /** How far a clock is set. */
  step_ms: z.number().optional(),
  way: z.enum(['to JAO', 'from JAO']).optional(),
});

const plan = z.strictObject({
  /** Of everything else that is left to chance. */
  seed: z.string(),
  ous: z.int().positive(),
  /** The embedded server as it ships, or the quick one that is made for the simulator. */
  servers: z.enum(['shipped', 'quick']),
  sites: z.array(site).min(2),
  /** When all faults are over; then everything must come to a good end. */
  duration_ms: z.number().positive(),
  maxJobs: z.int().positive(),
  failureRate: z.number().min(0).max(1),
  /** Share of reviews that fail. */
  failShare: z.number().min(0).max(1),
  faults: z.array(fault),
});

export type Fault = z.infer<typeof fault>;
export type StormPlan = z.infer<typeof plan>;

/** Throws ZodError. */
export function parseStormPlan(value: unknown): StormPlan {
  return plan.parse(value);
}

/** One line for a person. */
export function describeFault(one: Fault): string {
  const { kind, at_ms, process, call, moment, for_ms, factor, step_ms, way } = one;
  const parts = [
    `${(at_ms / 1000).toFixed(1)} s`,
    kind,
    process === undefined ? one.site : `${process}@${one.site}`,
    ...(call === undefined ? [] : [`${moment ?? 'before'} ${call}`]),
    ...(way === undefined ? [] : [`only ${way}`]),
    ...(factor === undefined ? [] : [`× ${factor.toFixed(3)}`]),
    ...(step_ms === undefined ? [] : [`by ${(step_ms / 1000).toFixed(1)} s`]),
    ...(for_ms === undefined ? [] : [`for ${(for_ms / 1000).toFixed(1)} s`]),
  ];
  return parts.join(' ');
}
