// What an ingester says of each file on record, and what its target has of those that it calls
// ingested. What the target lacks can be asked for again.

import { type EndpointFile, fileIdRange, pathOfFile } from '../../../core/dbb/endpoint-file.ts';
import { type IngestDocument, isIngestDocument } from '../../../core/dbb/ingest-events.ts';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { Database, Stored } from '../../../platform/couch/database.ts';
import { type CheckRun, type CheckStep, pagesOf } from '../../records/check-run.ts';
import { requestAgain } from '../ingester/rerun.ts';
import type { PluginFile, PluginVerdict } from '../plugins/plugin.ts';

export interface TargetCheckOptions {
  files: Database;
  events: Database;
  clock: Clock;
  storage: string;
  /** Undefined where the plugin's target can't be asked. */
  verify: ((files: readonly PluginFile[]) => Promise<PluginVerdict[]>) | undefined;
  repairs: boolean;
}

interface Ingested {
  document: Stored<IngestDocument>;
  record: EndpointFile;
}

const TOGETHER = 100;
/** By the verdict: what is told. */
const TOLD: Readonly<
  Record<Exclude<PluginVerdict, 'same'>, readonly [kind: string, detail: string]>
> = {
  missing: ['missing', 'SUCCESS, and the target does not have it'],
  other: ['differs', 'SUCCESS, and the target has other content under its name'],
  unseen: ['unseen', 'what the target has can’t be compared'],
};

export class TargetCheck {
  readonly #options: TargetCheckOptions;

  constructor(options: TargetCheckOptions) {
    this.#options = options;
  }

  async *steps(run: CheckRun, from: string | undefined): AsyncGenerator<CheckStep> {
    const { events, files } = this.#options;
    const pages = pagesOf<Stored<IngestDocument>>(events, fileIdRange(''), from);
    for await (const { page, after } of pages) {
      const documents = page.filter(isIngestDocument);
      const records = await files.getMany<EndpointFile>(documents.map(({ _id }) => _id));
      const ingested: Ingested[] = [];
      for (const [index, document] of documents.entries()) {
        const lookup = records[index];
        run.count(document.status);
        if (!lookup || !('doc' in lookup)) {
          run.tell('orphan', document._id, `${document.status}, and the file is not on record`);
        } else if (document.status === 'SUCCESS') {
          ingested.push({ document, record: lookup.doc });
        }
      }
      for (let at = 0; at < ingested.length; at += TOGETHER) {
        await this.#compare(ingested.slice(at, at + TOGETHER), run);
      }
      yield { after, files: page.length };
    }
  }

  async #compare(some: readonly Ingested[], run: CheckRun): Promise<void> {
    const { verify, storage, repairs, events, clock } = this.#options;
    if (!verify) return;
    const verdicts = await verify(
      some.map(({ record }) => ({ ...record, path: `${storage}/${pathOfFile(record)}` })),
    );
    const lacking: Ingested[] = [];
    for (const [index, one] of some.entries()) {
      const verdict = verdicts[index] ?? 'unseen';
      if (verdict === 'same') continue;
      const [kind, detail] = TOLD[verdict];
      if (verdict === 'missing' && repairs) lacking.push(one);
      else run.tell(kind, pathOfFile(one.record), detail);
    }
    const { asked } = await requestAgain(
      events,
      lacking.map(({ document }) => document),
      clock.now(),
    );
    run.count('repaired', asked);
  }
}
