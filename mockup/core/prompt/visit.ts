// A nextVisit as it is published: one message for each detector.

import { z } from 'zod';
import { InvalidInputError } from '../errors.ts';

const whole = z.union([
  z.int(),
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number),
]);

const INSTRUMENT = /^[A-Za-z][A-Za-z0-9-]{0,31}$/;
const GROUP = /^[A-Za-z0-9][A-Za-z0-9:.-]{0,63}$/;

const visitSchema = z.object({
  instrument: z.string().regex(INSTRUMENT),
  detector: whole.pipe(z.int().min(0).max(10_000)),
  group: z.union([z.int().transform(String), z.string()]).pipe(z.string().regex(GROUP)),
  snaps: whole.pipe(z.int().min(1).max(100)),
  filter: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_~-]{0,31}$/),
  ra: z.number().min(-360).max(360),
  dec: z.number().min(-90).max(90),
  rot: z.number().min(-360).max(360),
  kind: z.string().min(1).max(32),
  /** Which programme asked for it: it chooses the pipeline. */
  survey: z.string().max(64).optional(),
  /** How long the script takes that exposes, in seconds: so long, and some more, images may take. */
  duration: z.number().min(0).max(3600).optional(),
});

/** One detector's part of a visit. Angles are in degrees. */
export type Visit = z.infer<typeof visitSchema>;

/** Throws InvalidInputError that names the field. Fields that are not known are left out. */
export function readVisit(given: unknown): Visit {
  const read = visitSchema.safeParse(given);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const field = issue?.path.join('.') || 'the visit';
  throw new InvalidInputError(`nextVisit: ${field}: ${issue?.message ?? 'not valid'}`);
}

/** Its document in database `visits`. */
export function visitId({ instrument, group, detector }: VisitKey): string {
  return `${instrument}_${group.replaceAll(':', '_')}_${String(detector).padStart(3, '0')}`;
}

export type VisitKey = Pick<Visit, 'instrument' | 'group' | 'detector'>;

/** Whether a visit may have this key: what is read from an object's name may be anything. */
export function isVisitKey({ instrument, group }: VisitKey): boolean {
  return INSTRUMENT.test(instrument) && GROUP.test(group);
}
