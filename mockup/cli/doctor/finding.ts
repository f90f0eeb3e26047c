// One line of what `draws doctor` found: something that is well, or is not and what to do.

import { AppError } from '../../core/errors.ts';

export const areas = [
  'versions',
  'environment',
  'databases',
  'replication',
  'cache directories',
  'ssh',
  'rsync',
  'clocks',
  'ports',
  'actors',
] as const;

export type Area = (typeof areas)[number];

export interface Finding {
  area: Area;
  ok: boolean;
  /** What was looked at and how it is. */
  what: string;
  /** What a person can do; only where it is not well. */
  advice?: string;
}

export function well(area: Area, what: string): Finding {
  return { area, ok: true, what };
}

export function problem(area: Area, what: string, advice?: string): Finding {
  return advice === undefined ? { area, ok: false, what } : { area, ok: false, what, advice };
}

/** An error as a finding; its hint is the advice. */
export function failure(area: Area, error: unknown): Finding {
  const { message } = error as Error;
  return problem(area, message, error instanceof AppError ? error.hint : undefined);
}
