/**
 * Runs `_find`: walks the chosen index (or all documents) in pages, matches the whole selector on
 * each document, and lets other requests in between pages.
 */
import { setImmediate } from 'node:timers/promises';
import { CouchError } from '../couch-error.ts';
import type { Connection } from '../store/connection.ts';
import type { JsonObject } from '../store/database.ts';
import { leavesOf } from '../store/rev-tree.ts';
import { type DocumentRow, documentText, openText, stubs } from '../store/row.ts';
import { type Page, takeRows } from '../store/take-rows.ts';
import { parseField, setAt, valueAt } from './field-path.ts';
import type { FindQuery } from './find-query.ts';
import type { IndexSet } from './index-set.ts';
import { keyBounds, type Plan } from './plan.ts';
import { compileSelector } from './selector.ts';

export interface FindResult {
  readonly bookmark: string;
  readonly warning: string | undefined;
  readonly examined: number;
}

/** Takes the JSON text of a document, or of its fields; false: no more is wanted. */
export type Found = (text: string) => boolean | Promise<boolean>;

interface Place {
  readonly key: string;
  readonly id: string;
}

type FoundRow = DocumentRow & { readonly key?: Uint8Array };

const PAGE = 100;
const NO_INDEX = 'No matching index found, create an index to optimize query time.';
const COLUMNS = 'd.seq, d.id, d.rev, d.deleted, d.atts, d.tree, d.body';

export async function runFind(
  connection: Connection,
  indexes: IndexSet,
  query: FindQuery,
  plan: Plan,
  found: Found,
): Promise<FindResult> {
  const matches = compileSelector(query.selector);
  if (plan.index) await indexes.ready(plan.index);
  const page = pageReader(connection, plan);
  let count = 0;
  let wanted = true;
  let place = decodeBookmark(query.bookmark);
  let toSkip = query.skip;
  let examined = 0;
  const size = Math.max(1, Math.min(PAGE, query.limit + query.skip));
  while (wanted && count < query.limit) {
    const { rows, end } = page(place, size);
    for (const row of rows) {
      examined++;
      place = { key: row.key ? Buffer.from(row.key).toString('base64url') : '', id: row.id };
      if (!matches(documentOf(row))) continue;
      if (toSkip > 0) toSkip--;
      else {
        count++;
        const answer = found(resultText(row, query));
        wanted = typeof answer === 'boolean' ? answer : await answer;
      }
      if (!wanted || count >= query.limit) break;
    }
    if (end) break;
    await setImmediate();
  }
  const last = count > 0 && place ? encodeBookmark(place) : 'nil';
  return { bookmark: last, warning: warningOf(plan, query), examined };
}

/** A function that gives the rows after a place, in the order of the plan. */
function pageReader(
  connection: Connection,
  plan: Plan,
): (place: Place | undefined, size: number) => Page<FoundRow> {
  const { descending, index, definition, facts } = plan;
  const order = descending ? 'DESC' : 'ASC';
  const beyond = descending ? '<' : '>';
  if (!index) return allDocsReader(connection, plan);
  const { low, high } = keyBounds(definition, facts);
  const from = `SELECT m.key, ${COLUMNS} FROM mango m CROSS JOIN docs d ON d.id = m.id
    WHERE m.ix = ? AND m.key >= ? AND m.key < ?`;
  const end = `ORDER BY m.key ${order}, m.id ${order} LIMIT ?`;
  return (place, size) => {
    if (!place) {
      const first = connection.sql(`${from} ${end}`).iterate(index.number, low, high, size);
      return takeRows(first, size);
    }
    const next = connection.sql(`${from} AND (m.key, m.id) ${beyond} (?, ?) ${end}`);
    const key = Buffer.from(place.key, 'base64url');
    return takeRows(next.iterate(index.number, low, high, key, place.id, size), size);
  };
}

/** All documents but design documents by `_id`, within what the selector says about it. */
function allDocsReader(
  connection: Connection,
  { descending, facts }: Plan,
): (place: Place | undefined, size: number) => Page<FoundRow> {
  const range = facts.ranges.get('_id');
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' ? value : undefined;
  const low = text(range?.low?.value) ?? '';
  const high = text(range?.high?.value) ?? '\u{10ffff}';
  const order = descending ? 'DESC' : 'ASC';
  const from = `SELECT ${COLUMNS} FROM docs d WHERE d.deleted = 0 AND d.id >= ? AND d.id <= ?
    AND NOT (d.id >= '_design/' AND d.id < '_design0')`;
  return (place, size) => {
    if (!place) {
      const sql = `${from} ORDER BY d.id ${order} LIMIT ?`;
      return takeRows(connection.sql(sql).iterate(low, high, size), size);
    }
    const sql = `${from} AND d.id ${descending ? '<' : '>'} ? ORDER BY d.id ${order} LIMIT ?`;
    return takeRows(connection.sql(sql).iterate(low, high, place.id, size), size);
  };
}

const documentOf = (row: FoundRow): JsonObject => ({
  _id: row.id,
  _rev: row.rev,
  ...(JSON.parse(row.body) as JsonObject),
});

function resultText(row: FoundRow, query: FindQuery): string {
  if (query.fields.length === 0) {
    if (!query.conflicts) return documentText(row.id, row);
    const conflicts = leavesOf(row).filter((leaf) => leaf.rev !== row.rev && !leaf.deleted);
    if (conflicts.length === 0) return documentText(row.id, row);
    const list = JSON.stringify(conflicts.map(({ rev }) => rev));
    return `${documentText(row.id, row).slice(0, -1)},"_conflicts":${list}}`;
  }
  const whole = JSON.parse(`${openText(row.id, row)}}`) as JsonObject;
  if (row.atts !== null && query.fields.includes('_attachments')) {
    whole._attachments = JSON.parse(stubs(row.atts));
  }
  const result: JsonObject = {};
  for (const field of query.fields) {
    const path = parseField(field);
    const value = valueAt(whole, path);
    if (value !== undefined) setAt(result, path, value);
  }
  return JSON.stringify(result);
}

function warningOf(plan: Plan, query: FindQuery): string | undefined {
  const unused = `${query.useIndex.join(', ')} was not used because it is not a valid index for this query.`;
  if (plan.index) return plan.wantedUnusable ? unused : undefined;
  return plan.wantedUnusable ? `${unused}\n${NO_INDEX}` : NO_INDEX;
}

const encodeBookmark = (place: Place): string =>
  Buffer.from(JSON.stringify([place.key, place.id])).toString('base64url');

function decodeBookmark(bookmark: string | undefined): Place | undefined {
  if (bookmark === undefined || bookmark === 'nil' || bookmark === '') return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(bookmark, 'base64url').toString('utf8'));
    if (Array.isArray(parsed) && typeof parsed[0] === 'string' && typeof parsed[1] === 'string') {
      return { key: parsed[0], id: parsed[1] };
    }
  } catch {
    // Not one of ours: the error below says so.
  }
  throw new CouchError(400, 'invalid_bookmark', `Invalid bookmark value: ${bookmark}`);
}
