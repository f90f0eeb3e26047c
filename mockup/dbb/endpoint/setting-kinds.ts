// Kinds of values that the configurations of finder, ingester and backfill have in common.

import { z } from 'zod';

export const directory = (what: string) => z.string({ error: what }).min(1, { error: what });

export const seconds = (what = 'seconds, 0 or more') =>
  z.number({ error: what }).min(0, { error: what });

export const secondsAboveZero = (what = 'seconds, more than 0') =>
  z.number({ error: what }).gt(0, { error: what });

export const atLeast = (low: number) => {
  const error = `a whole number, ${low} or more`;
  return z.int({ error }).min(low, { error });
};

export const oneOf = <const T extends readonly string[]>(values: T, or = '') =>
  z.enum(values, { error: `one of ${values.join(', ')}${or}` });
