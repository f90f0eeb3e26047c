// Rows of text in aligned columns.

import { printableLine } from '../../platform/text/printable.ts';

const GAP = '  ';

/**
 * Lines without trailing blanks; the first row may hold headings. What is in the cells may come
 * from anywhere: none of it reaches the terminal as a command.
 */
export function textTable(rows: readonly (readonly (string | number)[])[]): string[] {
  const texts = rows.map((row) => row.map((cell) => printableLine(String(cell))));
  const widths: number[] = [];
  for (const row of texts) {
    for (const [column, text] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, text.length);
    }
  }
  return rows.map((row, index) =>
    row
      .map((cell, column) => {
        const text = texts[index]?.[column] ?? '';
        const width = widths[column] ?? 0;
        return typeof cell === 'number' ? text.padStart(width) : text.padEnd(width);
      })
      .join(GAP)
      .trimEnd(),
  );
}
