// A table of the JSON API: where its rows come from, and what its columns show of them.

import type { TableCell, TableColumn } from '../../protocol/json-api.ts';
import type { TableName } from '../../protocol/summaries.ts';

export interface Column<Row> extends TableColumn {
  cell(row: Row): TableCell;
}

export interface Table<Row> {
  name: TableName;
  columns: readonly Column<Row>[];
  /** Column by which it is sorted where nobody says; newest first. */
  sortedBy: string;
  rows(): Iterable<Row>;
  /** How many rows there are. */
  size(): number;
  /** Called before the rows are taken. */
  prepare?(): Promise<void>;
  /** Brings what is not in memory of these rows, all of them where they are sorted by it. */
  complete?(rows: readonly Row[]): Promise<readonly Row[]>;
  /** The column that needs `complete`. */
  completedColumn?: string;
}

export function column<Row>(
  name: string,
  title: string,
  type: TableColumn['type'],
  cell: (row: Row) => TableCell,
): Column<Row> {
  return { name, title, type, cell };
}
