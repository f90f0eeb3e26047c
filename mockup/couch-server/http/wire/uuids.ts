/** Ids for documents: a random part that changes seldom, and a rising one, so that they sort by age. */
import { randomBytes, randomInt } from 'node:crypto';

const MAX = 0xfff000;
let prefix = '';
let counter = MAX;

/** 32 hexadecimal digits. */
export function nextUuid(): string {
  counter += randomInt(1, 0xffe);
  if (counter >= MAX) {
    prefix = randomBytes(13).toString('hex');
    counter = randomInt(1, 0xffe);
  }
  return prefix + counter.toString(16).padStart(6, '0');
}
