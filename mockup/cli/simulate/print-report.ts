// How answers are printed: sections of tables, or JSON.

import type { TextSection } from '../../simulator/report/text-report.ts';
import type { CommandContext } from '../command.ts';
import { textTable } from '../terminal/text-table.ts';

export function printSections(context: CommandContext, sections: readonly TextSection[]): void {
  for (const { title, rows } of sections) {
    context.print('');
    context.print(title);
    for (const line of textTable(rows)) context.print(`  ${line}`.trimEnd());
  }
}

/** JSON has no infinity: what never came is `null`. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
