// Rows of text in aligned columns.

const GAP = '  ';

/** Lines without trailing blanks; the first row may hold headings. */
export function textTable(rows: readonly (readonly (string | number)[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, String(cell).length);
    }
  }
  return rows.map((row) =>
    row
      .map((cell, column) => align(cell, widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}

function align(cell: string | number, width: number): string {
  return typeof cell === 'number' ? String(cell).padStart(width) : cell.padEnd(width);
}
