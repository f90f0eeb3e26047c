// The state of deliveries.

import type { Database } from '../../../mockup/platform/couch/database.ts';
import type { LiveModel } from '../model/live-model.ts';
import { textOf, timeOf } from '../summaries/reading.ts';
import type { SharedTexts } from '../summaries/shared-texts.ts';
import { documentPages } from '../watch/document-pages.ts';
import { readerOf } from '../watch/newest-documents.ts';
import { RowSink } from '../watch/row-sink.ts';
import { productsLink } from './links.ts';
import { column, type Table } from './table.ts';

export interface DeliveryRow {
  ousUid: string | null;
  progId: string | null;
  time_ms: number | null;
  products: number;
  isComplete: boolean;
  productsDir: string | null;
}

export function createDeliverySink(
  model: LiveModel,
  database: Database,
  texts: SharedTexts,
): RowSink<DeliveryRow> {
  return new RowSink<DeliveryRow>(model, {
    table: 'deliveries',
    database,
    read: () => documentPages(database),
    readSome: readerOf(database),
    row: (doc) => ({
      ousUid: texts.of(doc.ousUID),
      progId: texts.of(doc.progID),
      time_ms: timeOf(doc.timestamp),
      products: Array.isArray(doc.dataProducts) ? doc.dataProducts.length : 0,
      isComplete: doc.complete === true,
      productsDir: textOf(doc.productsDir),
    }),
  });
}

export function deliveryTable(sink: RowSink<DeliveryRow>): Table<DeliveryRow> {
  return {
    name: 'deliveries',
    sortedBy: 'time',
    columns: [
      column('time', 'Time', 'time', ({ time_ms }) => time_ms),
      column('ous', 'OUS', 'uid', ({ ousUid }) => ousUid),
      column('project', 'Project', 'text', ({ progId }) => progId),
      column('count', 'Products in the archive', 'number', ({ products }) => products),
      column('complete', 'Complete', 'boolean', ({ isComplete }) => isComplete),
      column('products', 'Products', 'link', (row) => productsLink(row.productsDir, row.ousUid)),
    ],
    rows: () => sink.rows.values(),
    size: () => sink.size(),
  };
}
