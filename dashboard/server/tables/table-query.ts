// One page of a table: searched, sorted, cut. Long tables are gone through in steps, so that
// nobody else waits for it.

import { setImmediate } from 'node:timers/promises';
import type { TableCell, TablePage } from '../../protocol/json-api.ts';
import type { Column, Table } from './table.ts';

export interface TableQuery {
  /** All of these words, anywhere in the row's texts, whatever their case. */
  search: string;
  /** Name of a column; empty: the table's own. */
  sort: string;
  order: 'asc' | 'desc' | undefined;
  offset: number;
  limit: number;
}

const STEP = 5000;

export async function queryTable<Row>(table: Table<Row>, query: TableQuery): Promise<TablePage> {
  const sortColumn =
    table.columns.find(({ name }) => name === (query.sort || table.sortedBy)) ?? table.columns[0];
  await table.prepare?.();
  let rows = await search(table, query.search);
  if (table.complete && sortColumn?.name === table.completedColumn) {
    rows = [...(await table.complete(rows))];
  }
  if (sortColumn) sort(rows, sortColumn, query.order ?? (query.sort ? 'asc' : 'desc'));
  const cut = rows.slice(query.offset, query.offset + query.limit);
  const shown = table.complete ? await table.complete(cut) : cut;
  return {
    name: table.name,
    columns: table.columns.map(({ name, title, type }) => ({ name, title, type })),
    found: rows.length,
    total: table.size(),
    offset: query.offset,
    rows: shown.map((row) => table.columns.map(({ cell }) => cell(row))),
  };
}

async function search<Row>(table: Table<Row>, text: string): Promise<Row[]> {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const all = [...table.rows()];
  if (words.length === 0) return all;
  const columns = table.columns.filter(({ type }) => type === 'text' || type === 'uid');
  const found: Row[] = [];
  for (const [index, row] of all.entries()) {
    if (index % STEP === STEP - 1) await setImmediate();
    const texts = columns.map(({ cell }) => String(cell(row) ?? '')).join('\n');
    const lower = texts.toLowerCase();
    if (words.every((word) => lower.includes(word))) found.push(row);
  }
  return found;
}

/** What is not known comes last in either order. */
function sort<Row>(rows: Row[], { cell }: Column<Row>, order: 'asc' | 'desc'): void {
  const sign = order === 'asc' ? 1 : -1;
  const keyed = rows.map((row) => ({ row, key: cell(row) }));
  keyed.sort((one, other) => compare(one.key, other.key, sign));
  for (const [index, { row }] of keyed.entries()) rows[index] = row;
}

function compare(one: TableCell, other: TableCell, sign: number): number {
  if (one === other) return 0;
  if (one === null) return 1;
  if (other === null) return -1;
  return one < other ? -sign : sign;
}
