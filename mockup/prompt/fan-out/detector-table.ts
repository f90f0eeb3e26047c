// Which detectors of each camera take part: YAML, from the camera's name to numbers and ranges.

import { parse } from 'yaml';
import { z } from 'zod';
import { InvalidInputError } from '../../core/errors.ts';
import { instrumentNamed } from '../../core/prompt/instruments.ts';

/** Numbers, ranges (`0..188`), or `all`. */
const table = z.record(
  z.string(),
  z.union([
    z.literal('all'),
    z.array(z.union([z.int().min(0), z.string().regex(/^\d+\.\.\d+$/)])),
  ]),
);

export type DetectorTable = ReadonlyMap<string, readonly number[]>;

/** Throws InvalidInputError that names the camera. */
export function readDetectorTable(text: string): DetectorTable {
  const read = table.safeParse(parsed(text));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new InvalidInputError(`detector table: ${issue?.path.join('.')}: ${issue?.message}`, {
      hint: 'like {LATISS: all, LSSTCam: [0..8, 94]}',
    });
  }
  return new Map(
    Object.entries(read.data).map(([camera, given]) => {
      const { name, detectors } = instrumentNamed(camera);
      const all = Array.from({ length: detectors }, (_, n) => n);
      if (given === 'all') return [name, all];
      const wanted = new Set(given.flatMap(numbersOf.bind(undefined, detectors)));
      if ([...wanted].some((n) => n >= detectors)) {
        throw new InvalidInputError(`detector table: ${camera} has detectors 0..${detectors - 1}`);
      }
      return [name, all.filter((n) => wanted.has(n))];
    }),
  );
}

function numbersOf(detectors: number, given: number | string): number[] {
  if (typeof given === 'number') return [given];
  const [from = 0, to = 0] = given.split('..').map(Number);
  // Not as many as somebody writes, but as there may be: one above shows that it does not fit.
  const last = Math.min(to, detectors);
  return Array.from({ length: Math.max(0, last - from + 1) }, (_, n) => from + n);
}

function parsed(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw new InvalidInputError(`the detector table is no YAML: ${(error as Error).message}`);
  }
}
