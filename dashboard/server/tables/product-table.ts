// The metadata of products.

import type { Database } from '../../../mockup/platform/couch/database.ts';
import type { LiveModel } from '../model/live-model.ts';
import { textOf, timeOf } from '../summaries/reading.ts';
import type { SharedTexts } from '../summaries/shared-texts.ts';
import { documentPages } from '../watch/document-pages.ts';
import { readerOf } from '../watch/newest-documents.ts';
import { RowSink } from '../watch/row-sink.ts';
import { column, type Table } from './table.ts';

export interface ProductRow {
  name: string;
  ousUid: string | null;
  progId: string | null;
  time_ms: number | null;
}

export function createProductSink(
  model: LiveModel,
  database: Database,
  texts: SharedTexts,
): RowSink<ProductRow> {
  return new RowSink<ProductRow>(model, {
    table: 'products',
    database,
    read: () => documentPages(database),
    readSome: readerOf(database),
    row: (doc) => ({
      name: doc._id,
      ousUid: texts.of(doc.ousUID),
      progId: texts.of(doc.progID),
      time_ms: timeOf(doc.timestamp),
    }),
  });
}

/** `isArchived`: whether this site's NGAS has a file of the name. */
export function productTable(
  sink: RowSink<ProductRow>,
  isArchived: (name: string) => boolean,
): Table<ProductRow> {
  return {
    name: 'products',
    sortedBy: 'time',
    columns: [
      column('name', 'File', 'text', ({ name }) => textOf(name)),
      column('ous', 'OUS', 'uid', ({ ousUid }) => ousUid),
      column('project', 'Project', 'text', ({ progId }) => progId),
      column('time', 'Time', 'time', ({ time_ms }) => time_ms),
      column('archived', 'In NGAS here', 'boolean', ({ name }) => isArchived(name)),
    ],
    rows: () => sink.rows.values(),
    size: () => sink.size(),
  };
}
