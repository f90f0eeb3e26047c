// `--seeds`: which storms to run.

import { AppError } from '../../core/errors.ts';

export interface SeedRange {
  from: number;
  to: number;
}

const SEEDS_MAX = 10_000_000;

/** `200` is 1 to 200; `5..9` is these five. Throws AppError `invalid_input`. */
export function parseSeedRange(text: string): SeedRange {
  const match = /^(?:(\d{1,12})\.\.)?(\d{1,12})$/.exec(text.trim());
  const to = Number(match?.[2]);
  const from = match?.[1] === undefined ? 1 : Number(match[1]);
  if (!match || from > to || to - from >= SEEDS_MAX) {
    throw new AppError('invalid_input', `--seeds: a number or FROM..TO, not ${text}`, {
      hint: 'such as 200, or 1..200',
    });
  }
  return { from, to };
}
