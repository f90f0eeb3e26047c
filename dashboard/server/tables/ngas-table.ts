// The files of this site's archive.

import { textOf } from '../summaries/reading.ts';
import type { NgasRow, NgasSink } from '../watch/ngas-sink.ts';
import { column, type Table } from './table.ts';

export function ngasTable(sink: NgasSink): Table<NgasRow> {
  return {
    name: 'ngas',
    sortedBy: 'time',
    columns: [
      column('name', 'File', 'text', ({ name }) => textOf(name)),
      column('size', 'Size', 'bytes', ({ size_bytes }) => size_bytes),
      column('time', 'Archived', 'time', ({ time_ms }) => time_ms),
    ],
    rows: () => sink.rows.values(),
    size: () => sink.size(),
    prepare: () => sink.readDetails(),
  };
}
