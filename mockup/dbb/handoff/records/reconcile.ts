// After a start: records of an earlier run that say a file is in the buffer, though it is not, are
// set right; and what is known of files that are there (how often they failed) is taken over.

import { advanceRecord, type FileRecord, fileRecordId } from '../../../core/dbb/file-record.ts';
import { formatTimestamp } from '../../../core/timestamps.ts';
import type { Database } from '../../../platform/couch/database.ts';
import type { HandoffParts } from '../parts.ts';
import { recordsInState } from './record-queries.ts';

const OPEN_STATES = ['discovered', 'transferring', 'failed'];
const TOGETHER = 200;

type Brief = Pick<
  FileRecord,
  '_id' | 'state' | 'attempts' | 'relpath' | 'filename' | 'deleted_on'
>;

/** Call it when the whole buffer has been seen, and the database is there. */
export async function reconcile(parts: HandoffParts, database: Database): Promise<void> {
  const fields = ['_id', '_rev', 'state', 'attempts', 'relpath', 'filename', 'deleted_on'];
  const queries = OPEN_STATES.map((state) => recordsInState(state, parts.manager, fields));
  const found = (await Promise.all(queries.map((query) => database.find<Brief>(query)))).flat();
  const lost: string[] = [];
  for (const { _id, _rev, ...brief } of found) {
    const path = brief.relpath === '' ? brief.filename : `${brief.relpath}/${brief.filename}`;
    const file = parts.waiting.get(path);
    if (file && fileRecordId(file.version) === _id) {
      parts.files.knows(_id, _rev);
      file.attempts = Math.max(file.attempts, brief.attempts);
    } else if (brief.deleted_on === null) lost.push(_id);
  }
  for (let from = 0; from < lost.length; from += TOGETHER) {
    await setRight(parts, database, lost.slice(from, from + TOGETHER));
  }
}

async function setRight(
  parts: HandoffParts,
  database: Database,
  ids: readonly string[],
): Promise<void> {
  const at_ms = parts.clock.now();
  const lookups = await database.getMany<FileRecord>(ids);
  const changed = lookups.flatMap((lookup) => {
    if (!('doc' in lookup) || !OPEN_STATES.includes(lookup.doc.state)) return [];
    // What this run wrote meanwhile counts.
    if (parts.files.isPending(lookup.doc._id)) return [];
    const { _rev } = lookup.doc;
    const fields = { deleted_on: formatTimestamp(at_ms) };
    const reason = 'it was no longer in the buffer when the manager started';
    return [{ ...advanceRecord(lookup.doc, 'gone', { at_ms, reason, fields }), _rev }];
  });
  await database.bulk(changed);
}
