// The message bus: messages that wait, are in flight or are dead, and the numbers of each queue. A
// finished message is told once, so that a page can show it arrive, and then forgotten.

import { messagesInDelivery, unreadMessages } from '../../../mockup/core/queries.ts';
import type { Database, Document, Stored } from '../../../mockup/platform/couch/database.ts';
import type { LiveModel } from '../model/live-model.ts';
import { messageFields, summariseMessage } from '../summaries/message-summary.ts';
import type { DocumentSink } from './database-watch.ts';
import { QueueStatistics } from './queue-statistics.ts';

/** Indexed queries that together find all unfinished messages. */
const UNFINISHED = [
  unreadMessages(messageFields),
  messagesInDelivery('claimed', messageFields),
  messagesInDelivery('dead', messageFields),
];

/** Whoever can write a message can make a selector up; no more of them are shown. */
const SELECTORS_MAX = 500;

export class MessageSink implements DocumentSink {
  readonly #model: LiveModel;
  readonly #database: Database;
  readonly #queues = new QueueStatistics();
  #isReading = false;
  #revision = 0;

  constructor(model: LiveModel, database: Database) {
    this.#model = model;
    this.#database = database;
  }

  async *read(): AsyncGenerator<Stored<Document>[]> {
    for (const query of UNFINISHED) yield await this.#database.find<Document>(query);
  }

  reading(isReading: boolean): void {
    this.#isReading = isReading;
  }

  put(doc: Stored<Document>): void {
    const message = summariseMessage(doc);
    if (!message) {
      this.remove(doc._id);
      return;
    }
    const isNews = this.#queues.put(message, !this.#isReading);
    if (message.state !== 'done') this.#model.put('message', message);
    else if (isNews) this.#model.end('message', message);
  }

  remove(id: string): void {
    this.#queues.remove(id);
    this.#model.remove('message', id);
  }

  ids(): Iterable<string> {
    return this.#queues.ids();
  }

  size(): number {
    return this.#queues.size;
  }

  settle(): void {
    const queues = this.#model.all('queue');
    const changed = this.#queues.changed();
    for (const queue of changed) {
      if (queues.size < SELECTORS_MAX || queues.has(queue.id)) this.#model.put('queue', queue);
    }
    if (changed.length > 0) this.#revision += 1;
    const { open, claimed, dead } = this.#queues.totals();
    const revision = this.#revision;
    this.#model.put('table', { id: 'unread', rows: open + claimed, revision });
    this.#model.put('table', { id: 'dead', rows: dead, revision });
  }
}
