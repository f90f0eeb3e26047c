// Dark files inside the target of an ingester: what it has, and no file on record accounts for. A target
// may hold what others brought, so this is only looked for where it is asked for.

import { type EndpointFile, fileIdRange, pathOfFile } from '../../../core/dbb/endpoint-file.ts';
import { type IngestDocument, isIngestDocument } from '../../../core/dbb/ingest-events.ts';
import type { Database, Stored } from '../../../platform/couch/database.ts';
import { type CheckRun, type CheckStep, pagesOf } from '../../records/check-run.ts';
import type { PluginLane } from '../ingester/plugin-lane.ts';

export interface TargetDarkOptions {
  files: Database;
  events: Database;
  storage: string;
  lane: Pick<PluginLane, 'search'>;
}

/** A file that is being tried may be there already. */
const ACCOUNTED: readonly string[] = ['SUCCESS', 'PENDING'];

export async function* checkTargetDark(
  options: TargetDarkOptions,
  run: CheckRun,
  from: string | undefined,
): AsyncGenerator<CheckStep> {
  const { lane } = options;
  await tellKnown(options);
  for (let after = from; ; ) {
    const page = await lane.search({ kind: 'dark', ...(after !== undefined && { after }) });
    run.count('in target', page.looked);
    for (const { name, detail } of page.dark) run.tell('dark-in-target', name, detail);
    if (page.after === undefined) return;
    after = page.after;
    yield { after, files: page.looked };
  }
}

async function tellKnown({ files, events, storage, lane }: TargetDarkOptions): Promise<void> {
  for await (const { page } of pagesOf<Stored<IngestDocument>>(events, fileIdRange(''))) {
    const ingested = page
      .filter(isIngestDocument)
      .filter(({ status }) => ACCOUNTED.includes(status));
    const records = await files.getMany<EndpointFile>(ingested.map(({ _id }) => _id));
    const known = records.flatMap((lookup) => ('doc' in lookup ? [lookup.doc] : []));
    await lane.search({
      kind: 'known',
      files: known.map((record) => ({ ...record, path: `${storage}/${pathOfFile(record)}` })),
    });
  }
}
