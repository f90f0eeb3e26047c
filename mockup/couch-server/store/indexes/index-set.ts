/**
 * The indexes of one database, kept up inside the transactions that change documents. A new index
 * is filled in the background from the documents older than itself; newer ones enter as they are written.
 */

import type { JsonObject } from '../../json-object.ts';
import { KEY_MAX, rowKey } from '../../mango/collation.ts';
import {
  definitionOf,
  type Extractor,
  extractorOf,
  fromDefinition,
  type IndexDefinition,
  indexesOf,
} from '../../mango/index-definition.ts';
import { STRING_ORDER } from '../../mango/string-order.ts';
import type { CommitQueue } from '../commit-queue.ts';
import type { Connection } from '../connection.ts';
import type { Written } from '../writing/writer.ts';

export interface Index {
  readonly number: number;
  readonly definition: IndexDefinition;
  readonly extract: Extractor;
  builtSeq: number;
  readonly untilSeq: number;
}

const BATCH = 500;
const ADD = 'INSERT OR IGNORE INTO mango (ix, key, id) VALUES (?, ?, ?)';
const REMOVE = 'DELETE FROM mango WHERE ix = ? AND key = ? AND id = ?';
const SAVE = `INSERT INTO mango_indexes (ddoc, name, definition, built_seq, until_seq)
  VALUES (?, ?, ?, ?, ?)`;
const OLDER = `SELECT seq, id, body FROM docs
  WHERE seq > ? AND seq <= ? AND deleted = 0 ORDER BY seq LIMIT ?`;

export class IndexSet {
  readonly #connection: Connection;
  readonly #queue: CommitQueue;
  #indexes: Index[] = [];
  #building: Promise<void> | undefined;

  constructor(connection: Connection, queue: CommitQueue) {
    this.#connection = connection;
    this.#queue = queue;
    if (connection.meta('string_order') !== STRING_ORDER) this.#startOver();
    this.reload();
  }

  get list(): readonly Index[] {
    return this.#indexes;
  }

  /** Reads the indexes from their table, at the start and after a rollback. */
  reload(): void {
    const rows = this.#connection.sql('SELECT * FROM mango_indexes ORDER BY ddoc, name').all();
    this.#indexes = rows.flatMap((row) => {
      const def = JSON.parse(row.definition as string) as JsonObject;
      const definition = fromDefinition(row.ddoc as string, row.name as string, def);
      if (!definition) return [];
      return [
        {
          number: row.ix as number,
          definition,
          extract: extractorOf(definition),
          builtSeq: row.built_seq as number,
          untilSeq: row.until_seq as number,
        },
      ];
    });
  }

  /** Follows a change of a document; inside its transaction. */
  written({ row, value, before }: Written): void {
    if (row.id.startsWith('_design/')) {
      const body = row.deleted ? {} : (value ?? (JSON.parse(row.body) as JsonObject));
      this.#redefine(row.id, row.deleted ? [] : indexesOf(row.id, body), row.seq);
      return;
    }
    if (this.#indexes.length === 0) return;
    const old = before && !before.deleted ? parse(before.body) : undefined;
    const now = row.deleted ? undefined : (value ?? parse(row.body));
    for (const index of this.#indexes) {
      const oldKey = old && keyOf(index, row.id, old);
      const newKey = now && keyOf(index, row.id, now);
      if (oldKey && newKey && oldKey.equals(newKey)) continue;
      if (oldKey) this.#connection.sql(REMOVE).run(index.number, oldKey, row.id);
      if (newKey) this.#connection.sql(ADD).run(index.number, newKey, row.id);
    }
  }

  /** Resolves when the index holds all documents. */
  async ready(index: Index): Promise<void> {
    while (index.builtSeq < index.untilSeq && this.#indexes.includes(index)) {
      this.#building ??= this.#build().finally(() => {
        this.#building = undefined;
      });
      await this.#building;
    }
  }

  /** A purged document leaves the indexes; inside a transaction. */
  purged(id: string, body: string): void {
    for (const index of this.#indexes) {
      const key = keyOf(index, id, parse(body));
      if (key) this.#connection.sql(REMOVE).run(index.number, key, id);
    }
  }

  #redefine(ddoc: string, definitions: readonly IndexDefinition[], seq: number): void {
    const text = (one: IndexDefinition): string => JSON.stringify(definitionOf(one));
    const wanted = new Map(definitions.map((one) => [one.name, text(one)]));
    for (const index of this.#indexes.filter(({ definition }) => definition.ddoc === ddoc)) {
      const { name } = index.definition;
      if (wanted.get(name) === text(index.definition)) wanted.delete(name);
      else this.#drop(index);
    }
    for (const [name, definition] of wanted) {
      this.#connection.sql(SAVE).run(ddoc, name, definition, 0, seq);
    }
    this.reload();
  }

  #drop(index: Index): void {
    this.#connection.sql('DELETE FROM mango WHERE ix = ?').run(index.number);
    this.#connection.sql('DELETE FROM mango_indexes WHERE ix = ?').run(index.number);
  }

  /** Keys of another order are of no use: all indexes are filled again, when they are next used. */
  #startOver(): void {
    const { sqlite } = this.#connection;
    sqlite.exec('BEGIN IMMEDIATE');
    sqlite.exec(`DELETE FROM mango; UPDATE mango_indexes SET built_seq = 0,
      until_seq = (SELECT ifnull(max(seq), 0) FROM docs)`);
    this.#connection.setMeta('string_order', STRING_ORDER);
    sqlite.exec('COMMIT');
  }

  async #build(): Promise<void> {
    for (const index of this.#indexes) {
      while (index.builtSeq < index.untilSeq && this.#indexes.includes(index)) {
        await this.#queue.add(() => this.#buildBatch(index));
      }
    }
  }

  #buildBatch(index: Index): void {
    if (!this.#indexes.includes(index)) return;
    const { number, builtSeq, untilSeq } = index;
    const rows = this.#connection.sql(OLDER).all(builtSeq, untilSeq, BATCH);
    for (const row of rows) {
      const id = row.id as string;
      if (id.startsWith('_design/')) continue;
      const key = keyOf(index, id, parse(row.body as string));
      if (key) this.#connection.sql(ADD).run(number, key, id);
    }
    index.builtSeq = rows.length < BATCH ? untilSeq : (rows.at(-1)?.seq as number);
    const sql = 'UPDATE mango_indexes SET built_seq = ? WHERE ix = ?';
    this.#connection.sql(sql).run(index.builtSeq, number);
  }
}

const parse = (body: string | undefined): JsonObject =>
  body === undefined ? {} : (JSON.parse(body) as JsonObject);

function keyOf(index: Index, id: string, body: JsonObject): Buffer | undefined {
  const values = index.extract(id, body);
  return values && rowKey(values, KEY_MAX);
}
