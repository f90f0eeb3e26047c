// A list's entry as one line of text.

import { printableLine } from '../text/printable.ts';
import type { ListItem } from './operator-console.ts';

export function itemLine({ value, description }: ListItem): string {
  return printableLine(description === undefined ? value : `${value}  ${description}`);
}
