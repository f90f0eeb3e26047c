/**
 * Runs `_find`: walks the chosen index (or all documents) in pages, matches the whole selector on
 * each document, and lets other requests in between pages.
 */
import { CouchError } from '../../couch-error.ts';
import type { JsonObject } from '../../json-object.ts';
import { pickedFields } from '../../mango/field-path.ts';
import type { FindQuery } from '../../mango/find-query.ts';
import { fieldsOf } from '../../mango/ranges.ts';
import { compileForm } from '../../mango/selector.ts';
import type { Connection } from '../connection.ts';
import { leavesOf } from '../documents/rev-tree.ts';
import { type DocumentRow, documentText, openText, stubs } from '../documents/row.ts';
import { type Page, takeRows } from '../take-rows.ts';
import { eventLoopTurns, type Turns } from '../turns.ts';
import type { IndexSet } from './index-set.ts';
import { keyBounds, type Plan, withoutPrefix } from './plan.ts';

export interface FindResult {
  readonly bookmark: string;
  readonly keysExamined: number;
  readonly docsExamined: number;
}

/** Takes the JSON text of a document, or of its fields; false: no more is wanted. */
export type Found = (text: string) => boolean | Promise<boolean>;

interface Place {
  readonly key: string;
  readonly id: string;
}

type FoundRow = DocumentRow & { readonly key?: Uint8Array };

const PAGE = 100;
/** Others are served after so long, also within a page. */
const TURN_MS = 10;
const COLUMNS = 'd.seq, d.id, d.rev, d.deleted, d.atts, d.tree, d.body';

export async function runFind(
  connection: Connection,
  indexes: IndexSet,
  query: FindQuery,
  plan: Plan,
  found: Found,
  turns: Turns = eventLoopTurns,
): Promise<FindResult> {
  const matches = compileForm(query.selector);
  const documentOf = documentReader(query);
  if (plan.index) await indexes.ready(plan.index);
  const page = pageReader(connection, plan);
  let place = decodeBookmark(query.bookmark);
  let last: Place | undefined;
  let [count, toSkip, examined, wanted] = [0, query.skip, 0, true];
  let turn_ms = turns.now();
  const size = Math.max(1, Math.min(PAGE, query.limit + query.skip));
  while (wanted && count < query.limit) {
    const { rows, end } = page(place, size);
    for (const row of rows) {
      examined++;
      place = { key: row.key ? Buffer.from(row.key).toString('base64url') : '', id: row.id };
      if (turns.now() - turn_ms > TURN_MS) {
        await turns.next();
        turn_ms = turns.now();
      }
      if (!matches(documentOf(row))) continue;
      last = place;
      if (toSkip-- > 0) continue;
      count++;
      const answer = found(resultText(row, query));
      wanted = typeof answer === 'boolean' ? answer : await answer;
      if (!wanted || count >= query.limit) break;
    }
    if (end) break;
    await turns.next();
  }
  return {
    bookmark: last ? encodeBookmark(last) : (query.bookmark ?? 'nil'),
    keysExamined: examined,
    docsExamined: plan.covering ? 0 : examined,
  };
}

/** A function that gives the rows after a place, in the order of the plan. */
function pageReader(
  connection: Connection,
  plan: Plan,
): (place: Place | undefined, size: number) => Page<FoundRow> {
  const { descending, index, ranges } = plan;
  const order = descending ? 'DESC' : 'ASC';
  const beyond = descending ? '<' : '>';
  if (!index) return allDocsReader(connection, plan);
  const { low, high } = keyBounds(ranges);
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
  { descending, ranges: [range] }: Plan,
): (place: Place | undefined, size: number) => Page<FoundRow> {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const low = text(range?.low?.value);
  // Ids are strings, which come after all other values.
  const high = range?.high ? text(range.high.value) : '\u{10ffff}';
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

/** What the selector is about; attachments are part of it only where it asks for them. */
function documentReader({ selector }: FindQuery): (row: FoundRow) => JsonObject {
  const withStubs = fieldsOf(selector).some((field) => field.startsWith('_attachments'));
  return (row) => {
    const { id: _id, rev: _rev, body, atts } = row;
    const document = { _id, _rev, ...(JSON.parse(body) as JsonObject) };
    if (!withStubs || atts === null) return document;
    return { ...document, _attachments: JSON.parse(stubs(atts)) };
  };
}

function resultText(row: FoundRow, query: FindQuery): string {
  if (query.fields.length === 0) {
    if (!query.conflicts) return documentText(row.id, row);
    const conflicts = leavesOf(row).filter((leaf) => leaf.rev !== row.rev && !leaf.deleted);
    if (conflicts.length === 0) return documentText(row.id, row);
    const list = JSON.stringify(conflicts.map(({ rev }) => rev));
    return `${documentText(row.id, row).slice(0, -1)},"_conflicts":${list}}`;
  }
  const whole = JSON.parse(`${openText(row.id, row)}}`) as JsonObject;
  if (row.atts !== null && query.fields.some((field) => field.startsWith('_attachments'))) {
    whole._attachments = JSON.parse(stubs(row.atts));
  }
  return JSON.stringify(pickedFields(whole, query.fields));
}

const NO_INDEX = 'No matching index found, create an index to optimize query time.';
const MANY_SCANNED =
  'The number of documents examined is high in proportion to the number of results returned. ' +
  'Consider adding a more specific index to improve this.';
const SCANNED_PER_RESULT = 10;

/** What the answer warns of; undefined for nothing. */
export function warningOf(
  plan: Plan,
  { useIndex: [design, name] }: FindQuery,
  docsExamined: number,
  returned: number,
): string | undefined {
  const warnings: string[] = [];
  if (plan.wantedUnusable && design !== undefined) {
    const wanted = `_design/${withoutPrefix(design)}`;
    warnings.push(
      name === undefined
        ? `${wanted} was not used because it does not contain a valid index for this query.`
        : `${wanted}, ${name} was not used because it is not a valid index for this query.`,
    );
  }
  if (!plan.index) warnings.push(NO_INDEX);
  if (docsExamined / Math.max(1, returned) > SCANNED_PER_RESULT) warnings.push(MANY_SCANNED);
  return warnings.length === 0 ? undefined : warnings.join('\n');
}

const encodeBookmark = (place: Place): string =>
  Buffer.from(JSON.stringify([place.key, place.id])).toString('base64url');

function decodeBookmark(bookmark: string | undefined): Place | undefined {
  if (bookmark === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(bookmark, 'base64url').toString('utf8'));
    if (Array.isArray(parsed) && typeof parsed[0] === 'string' && typeof parsed[1] === 'string') {
      return { key: parsed[0], id: parsed[1] };
    }
  } catch {
    // Not one of ours: the error below says so.
  }
  throw new CouchError(
    400,
    'invalid_bookmark',
    `Invalid bookmark value: ${JSON.stringify(bookmark)}`,
  );
}
