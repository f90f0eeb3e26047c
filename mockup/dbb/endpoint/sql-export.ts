// Brings a SQLite copy of an endpoint's records up to date: by what has changed since the last time.

import { type EndpointFile, pathOfId } from '../../core/dbb/endpoint-file.ts';
import { isIngestDocument } from '../../core/dbb/ingest-events.ts';
import type { ChangesPages } from '../../platform/couch/feeds/changes-pages.ts';
import type { SqlCopy } from '../storage/sql-copy.ts';

export interface SqlExportOptions {
  copy: SqlCopy;
  files: { name: string; changes: ChangesPages };
  /** Undefined for a finder's configuration. */
  events: { name: string; changes: ChangesPages } | undefined;
  signal: AbortSignal;
}

export interface Exported {
  files: number;
  /** Files whose history was written. */
  histories: number;
}

const PAGE = 1000;

export async function exportChanges(options: SqlExportOptions): Promise<Exported> {
  const { copy, files, events, signal } = options;
  const total: Exported = { files: 0, histories: 0 };
  const read = async (
    { name, changes }: { name: string; changes: ChangesPages },
    put: (doc: unknown) => void,
  ): Promise<void> => {
    for (;;) {
      signal.throwIfAborted();
      const since = copy.placeOf(name);
      const page = await changes.next({ since, limit: PAGE, wait: false, signal });
      if (page.changes.length === 0) return;
      copy.write(name, page.lastSeq, () => {
        for (const { doc } of page.changes) put(doc);
      });
    }
  };
  await read(files, (doc) => {
    const file = doc as EndpointFile | undefined;
    if (file?.type !== 'endpoint-file') return;
    copy.putFile(file);
    total.files++;
  });
  if (!events) return total;
  await read(events, (doc) => {
    const path = isIngestDocument(doc) ? pathOfId(doc._id) : undefined;
    if (!isIngestDocument(doc) || path === undefined) return;
    // A record that came after the files were read: the next round has both.
    if (!copy.putEvents(path, doc)) throw new RecordMissing();
    total.histories++;
  }).catch((error) => {
    if (!(error instanceof RecordMissing)) throw error;
  });
  return total;
}

class RecordMissing extends Error {}
