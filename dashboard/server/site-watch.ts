// All that is watched of one site: its databases, each with what is kept of it, and the tables that
// are made from that.

import { databaseNames, type WorkflowDatabase } from '../../mockup/core/databases.ts';
import { documentId } from '../../mockup/core/identifiers.ts';
import type { TableName } from '../protocol/summaries.ts';
import type { TimesInStates } from './metrics/time-in-state.ts';
import { SharedTexts } from './summaries/shared-texts.ts';
import { createDeliverySink, deliveryTable } from './tables/delivery-table.ts';
import { messageTable } from './tables/message-tables.ts';
import { ngasTable } from './tables/ngas-table.ts';
import { createProductSink, productTable } from './tables/product-table.ts';
import { createReportSink, reportTable } from './tables/report-table.ts';
import type { Table } from './tables/table.ts';
import { ActorSink } from './watch/actor-sink.ts';
import { DatabaseWatch, type DocumentSink, type WatchPorts } from './watch/database-watch.ts';
import { MessageSink } from './watch/message-sink.ts';
import { NgasSink } from './watch/ngas-sink.ts';
import { OusSink } from './watch/ous-sink.ts';

// biome-ignore lint/suspicious/noExplicitAny: each table has rows of its own kind.
export type AnyTable = Table<any>;

export class SiteWatch {
  readonly tables: ReadonlyMap<TableName, AnyTable>;
  readonly #ous: OusSink;
  readonly #actors: ActorSink;
  readonly #watches: DatabaseWatch[] = [];

  constructor(ports: WatchPorts) {
    const { model, clock, server } = ports;
    const open = (name: WorkflowDatabase) => server.open(name);
    const reportDatabase = open(databaseNames.pipelineReports);
    this.#ous = new OusSink(model, open(databaseNames.statusEntities));
    this.#actors = new ActorSink(model, open(databaseNames.actors), clock);
    const texts = new SharedTexts();
    const reports = createReportSink(model, reportDatabase, texts);
    const deliveries = createDeliverySink(model, open(databaseNames.deliveryStatus), texts);
    const products = createProductSink(model, open(databaseNames.productsMetadata), texts);
    const ngas = new NgasSink(model, open(databaseNames.ngas));
    // The board and the line come first, the long tables last.
    const sinks: [WorkflowDatabase, DocumentSink][] = [
      [databaseNames.statusEntities, this.#ous],
      [databaseNames.actors, this.#actors],
      [databaseNames.messages, new MessageSink(model, open(databaseNames.messages))],
      [databaseNames.deliveryStatus, deliveries],
      [databaseNames.pipelineReports, reports],
      [databaseNames.productsMetadata, products],
      [databaseNames.ngas, ngas],
    ];
    for (const [name, sink] of sinks) {
      this.#watches.push(new DatabaseWatch(ports, open(name), sink));
    }
    const tables: AnyTable[] = [
      reportTable(reports, reportDatabase),
      deliveryTable(deliveries),
      messageTable(model, 'unread'),
      messageTable(model, 'dead'),
      ngasTable(ngas),
      productTable(products, (name) => ngas.rows.has(documentId(name))),
    ];
    this.tables = new Map(tables.map((table) => [table.name, table]));
  }

  /** By document id, see OusReading. */
  get tracks(): ReadonlyMap<string, readonly number[]> {
    return this.#ous.tracks;
  }

  get times(): TimesInStates {
    return this.#ous.times;
  }

  get olderDelivered(): number {
    return this.#ous.older;
  }

  async stop(): Promise<void> {
    this.#actors.lost();
    await Promise.all(this.#watches.map((watch) => watch.stop()));
    this.#actors.lost();
  }
}
