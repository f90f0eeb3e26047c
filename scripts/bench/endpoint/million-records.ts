// Fills the databases of an endpoint as years of work would have.

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newEndpointFile } from '../../../mockup/core/dbb/endpoint-file.ts';
import {
  claimedDocument,
  finishedDocument,
  ingestEvent,
} from '../../../mockup/core/dbb/ingest-events.ts';
import { PLACE_ID } from '../../../mockup/dbb/endpoint/ingester/claiming/checkpoint-store.ts';
import type { DatabaseServer } from '../../../mockup/platform/couch/database.ts';

const BATCH = 2000;

/** Gives a function that adds one more file, which nobody has tried. */
export async function fillDatabases(
  server: DatabaseServer,
  storage: string,
  records: number,
): Promise<() => Promise<void>> {
  const files = server.open('bench-files');
  const events = server.open('bench-events');
  const now_ms = Date.now();
  const fileOf = (number: number, size_bytes = 10_240) => {
    const path = `night-${Math.floor(number / 1000)}/image-${number}.fits`;
    const checksum = createHash('blake2b512').update(path).digest('hex');
    const version = { path, size_bytes, mtime_ms: 0, ctime_ms: 0, ino: number };
    return newEndpointFile({ version, checksum }, 'Move', now_ms);
  };
  for (let from = 0; from < records; from += BATCH) {
    const numbers = Array.from({ length: Math.min(BATCH, records - from) }, (_, n) => from + n);
    const docs = numbers.map((number) => fileOf(number));
    const histories = docs.map(({ _id }) =>
      finishedDocument(
        claimedDocument(_id, undefined, 'bench', now_ms),
        ingestEvent('SUCCESS', now_ms, { duration_s: 0.01 }),
      ),
    );
    await Promise.all([files.bulk(docs), events.bulk(histories)]);
  }
  const since = (await files.info()).updateSeq;
  await events.put({ _id: PLACE_ID, type: 'endpoint-place', since });
  return async () => {
    const content = 'one more';
    const file = fileOf(records, content.length);
    mkdirSync(join(storage, file.relpath), { recursive: true });
    writeFileSync(join(storage, file.relpath, file.filename), content);
    await files.bulk([file]);
  };
}
