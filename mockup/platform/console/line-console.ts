// A script, or a person without a terminal: questions are lines of text, answers are lines of the
// input, as in the original. A line that comes before its question is kept for it; an empty line
// shows the list again. Ending the input is leaving.

import { printable, printableLine } from '../text/printable.ts';
import { createInputLines, type InputLines } from './input-lines.ts';
import type { ConsoleStreams } from './inquirer-console.ts';
import { itemLine } from './item-line.ts';
import { findKey, keyLabels } from './key-choice.ts';
import type { ListItem, LiveList, OperatorConsole } from './operator-console.ts';

type Print = (text: string) => void;

export function createLineConsole({ input, output }: ConsoleStreams): OperatorConsole {
  const lines = createInputLines(input);
  const print: Print = (text) => void output.write(`${printable(text)}\n`);
  return {
    print,
    chooseFrom: (message, list, signal) => chooseFrom(print, lines, message, list, signal),
    chooseKey: (message, keys, signal) => chooseKey(print, lines, message, keys, signal),
  };
}

async function chooseFrom(
  print: Print,
  lines: InputLines,
  message: string,
  list: LiveList,
  signal: AbortSignal,
): Promise<string | undefined> {
  const shown = new Set<string>();
  const show = (items: ListItem[]) => {
    for (const item of items) {
      shown.add(item.value);
      print(`  ${itemLine(item)}`);
    }
  };
  const showAll = () => {
    const items = list.items();
    if (items.length === 0) print('  (nothing is waiting; what comes is shown here)');
    show(items);
    print(`${printableLine(message)}:`);
  };
  showAll();
  const unfollow = list.onChange(() =>
    show(list.items().filter(({ value }) => !shown.has(value))),
  );
  try {
    for (;;) {
      const line = await lines.next(signal);
      if (line === undefined) return undefined;
      const answer = line.trim();
      if (answer !== '') return answer;
      showAll();
    }
  } finally {
    unfollow();
  }
}

async function chooseKey(
  print: Print,
  lines: InputLines,
  message: string,
  keys: Record<string, string>,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (;;) {
    print(`${printableLine(message)} ${printableLine(keyLabels(keys))}:`);
    const line = await lines.next(signal);
    if (line === undefined) return undefined;
    const key = findKey(keys, line);
    if (key !== undefined) return key;
    const expected = Object.keys(keys).join(', ');
    if (line.trim() !== '') print(`${printableLine(line.trim())} is none of ${expected}`);
  }
}
