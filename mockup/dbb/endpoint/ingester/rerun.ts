// Asks for another attempt at files that were tried before.

import { fileIdRange, pathOfId } from '../../../core/dbb/endpoint-file.ts';
import {
  finishedDocument,
  type IngestDocument,
  type IngestStatus,
  ingestEvent,
  isIngestDocument,
} from '../../../core/dbb/ingest-events.ts';
import type { Database, Stored } from '../../../platform/couch/database.ts';
import { literalPrefix, pathMatcher, tidied } from '../../records/path-patterns.ts';

export interface Asked {
  asked: number;
  /** Files that are being tried now. */
  inFlight: number;
}

const PAGE = 1000;

/** `patterns`: see path-patterns; relative to the storage area. */
export async function askAgain(
  events: Database,
  patterns: readonly string[],
  now_ms: number,
  only?: IngestStatus,
): Promise<Asked> {
  const total: Asked = { asked: 0, inFlight: 0 };
  for (const pattern of patterns) {
    const matches = pathMatcher(pattern);
    const prefix = literalPrefix(tidied(pattern)).replace(/^\.$/, '');
    for await (const page of pagesOf(events, prefix)) {
      const wanted = page.filter(
        (document) =>
          isIngestDocument(document) &&
          matches(pathOfId(document._id) ?? '') &&
          (only === undefined || document.status === only),
      );
      const { asked, inFlight } = await requestAgain(events, wanted, now_ms);
      total.asked += asked;
      total.inFlight += inFlight;
    }
  }
  return total;
}

/** For these very files. */
export async function requestAgain(
  events: Database,
  wanted: readonly Stored<IngestDocument>[],
  now_ms: number,
): Promise<Asked> {
  const free = wanted.filter(({ status }) => status !== 'PENDING' && status !== 'RERUN');
  const docs = free.map((document) => finishedDocument(document, ingestEvent('RERUN', now_ms)));
  const results = await events.bulk(docs);
  const asked = results.filter(({ ok }) => ok).length;
  const waiting = wanted.filter(({ status }) => status === 'RERUN').length;
  return { asked: asked + waiting, inFlight: wanted.length - waiting - asked };
}

async function* pagesOf(
  events: Database,
  prefix: string,
): AsyncGenerator<Stored<IngestDocument>[]> {
  const { startKey, endKey } = fileIdRange(prefix);
  for (let from = startKey; ; ) {
    const page = await events.allDocs<IngestDocument>({ startKey: from, endKey, limit: PAGE });
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
    from = `${page.at(-1)?._id}\u0000`;
  }
}
