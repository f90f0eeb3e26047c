// What the telescope's scheduler announces: one nextVisit for a pointing, not for a detector.
// Source: ScriptQueue.nextVisit as the service that grew out of the prototype gets it.

import { z } from 'zod';
import { InvalidInputError } from '../../core/errors.ts';
import { instrumentNamed } from '../../core/prompt/instruments.ts';
import { readVisit, type Visit } from '../../core/prompt/visit.ts';

/** Of coordinates: 1 none, 2 ICRS, 3 observed, 4 mount. */
const ICRS = 2;
const NO_COORDINATES = 1;

const schema = z.object({
  groupId: z.string(),
  coordinateSystem: z.int().min(1).max(4),
  position: z.tuple([z.number(), z.number()]),
  rotationSystem: z.int().min(1).max(4).default(1),
  cameraAngle: z.number().default(0),
  filters: z.string(),
  dome: z.int().default(0),
  duration: z.number(),
  nimages: z.int(),
  instrument: z.string(),
  survey: z.string().default(''),
  totalCheckpoints: z.int().default(0),
});

export type Pointing = z.infer<typeof schema>;

/** Throws InvalidInputError that names the field. */
export function readPointing(given: unknown): Pointing {
  const read = schema.safeParse(given);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new InvalidInputError(`nextVisit: ${issue?.path.join('.') || 'it'}: ${issue?.message}`);
}

/** Undefined where nothing on the sky is pointed at: there is nothing to prepare. */
export function visitsOf(
  pointing: Pointing,
  detectors: readonly number[],
): readonly Visit[] | undefined {
  const { coordinateSystem, position, cameraAngle, filters, nimages } = pointing;
  if (coordinateSystem === NO_COORDINATES || nimages < 1) return undefined;
  if (coordinateSystem !== ICRS) {
    throw new InvalidInputError(`nextVisit: coordinateSystem: ${coordinateSystem} is not ICRS`);
  }
  const [ra, dec] = position;
  const { name } = instrumentNamed(pointing.instrument);
  return detectors.map((detector) =>
    readVisit({
      ...{ instrument: name, detector, group: pointing.groupId, snaps: nimages },
      // `filters` may name several with commas between them; the first is in the beam.
      filter: filters.split(',')[0]?.trim(),
      ...{ ra, dec, rot: cameraAngle, kind: 'SURVEY' },
      ...{ survey: pointing.survey, duration: pointing.duration },
    }),
  );
}
