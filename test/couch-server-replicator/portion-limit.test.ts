import { expect, it } from 'vitest';
import {
  checkPortion,
  portionBytesMax,
} from '../../mockup/couch-server/replicator/portion-limit.ts';

it('refuses to hold too much, except one revision alone', () => {
  checkPortion(portionBytesMax, 20, 'db');
  checkPortion(10 * portionBytesMax, 1, 'db');
  expect(() => checkPortion(portionBytesMax + 1, 2, 'db')).toThrow(/^answer_too_large: db /);
});
