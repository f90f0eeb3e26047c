// The live source of chance.

import { randomBytes } from 'node:crypto';
import type { Random } from './random.ts';

export function createSystemRandom(): Random {
  return {
    next: () => Math.random(),
    hex: (digits) =>
      randomBytes(Math.ceil(digits / 2))
        .toString('hex')
        .slice(0, digits),
  };
}
