// Finds long functions by their indentation, which Biome's formatter makes reliable: a function
// ends at the first line that closes at the indentation of the line that opened it.

import type { Source } from './sources.ts';

const OPENS =
  /(\bfunction\b.*|=>|^\s*(async |static |get |set |#)*[\w#]+(<.*>)?\(.*\).*|^\s*\).*) \{$/;
const STATEMENT = /^\s*\}?\s*(if|for|while|switch|catch|else|return|with)\b/;

export function longFunctions({ path, lines }: Source, lines_max: number): string[] {
  const found: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (!OPENS.test(line) || STATEMENT.test(line)) continue;
    const indentation = /^ */.exec(line)?.[0] ?? '';
    const length = lines.slice(index).findIndex((later, offset) => {
      return offset > 0 && later.startsWith(`${indentation}}`);
    });
    if (length + 1 > lines_max) found.push(`${path}:${index + 1} is ${length + 1} lines long`);
  }
  return found;
}
