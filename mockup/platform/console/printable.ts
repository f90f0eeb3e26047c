// What is shown to a person comes from documents and messages: control characters in it must not
// reach the terminal, which would obey them.

import type { ListItem } from './operator-console.ts';

/** Keeps line ends and tabs. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return text.replace(/\r\n/g, '\n').replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, '\ufffd');
}

/** A text that stays on one line. */
export function printableLine(text: string): string {
  return printable(text).replace(/[\n\t]+/g, ' ');
}

export function itemLine({ value, description }: ListItem): string {
  return printableLine(description === undefined ? value : `${value}  ${description}`);
}
