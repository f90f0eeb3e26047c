// Files that were recorded since the place up to which this ingester has come. It reads the next
// page when there is room, and waits for news without asking again and again.

import type { EndpointFile } from '../../../../core/dbb/endpoint-file.ts';
import type { ChangesPage, ChangesPages } from '../../../../platform/couch/feeds/changes-pages.ts';
import type { Candidate, Candidates } from './candidates.ts';
import type { CheckpointStore } from './checkpoint-store.ts';

export interface NewFilesOptions {
  pages: ChangesPages;
  place: CheckpointStore;
  candidates: Candidates;
  /** Waits for more, or ends when there is none. */
  follow: boolean;
  signal: AbortSignal;
  /** True where the file needs nobody's hands: it is dealt with otherwise, then settled. */
  divert(candidate: Candidate & { file: EndpointFile }): boolean;
  /** After each page, whether it brought anything. */
  onPage(): Promise<void>;
}

const PAGE = 1000;
const ROOM = 3000;

/** Resolves at the end of the files, or when the signal is aborted. */
export async function readNewFiles(options: NewFilesOptions): Promise<void> {
  const { pages, place, candidates, follow, signal } = options;
  let since = await place.load();
  let wait = false;
  while (!signal.aborted) {
    const page: ChangesPage | undefined = await pages
      .next({ since, limit: PAGE, wait, signal })
      .catch((error: unknown) => {
        if (signal.aborted) return undefined;
        throw error;
      });
    if (!page) return;
    since = page.lastSeq;
    const files = page.changes.flatMap(({ doc }) => (isFile(doc) ? [doc] : []));
    const onSettled = place.begin(since, files.length);
    for (const file of files) {
      const candidate = { id: file._id, file, onSettled };
      if (!options.divert(candidate)) candidates.add(candidate);
    }
    await options.onPage();
    if (page.changes.length === 0 && !follow) return;
    wait = follow && page.changes.length < PAGE;
    while (candidates.count > ROOM && !signal.aborted) await candidates.changed();
  }
}

function isFile(doc: unknown): doc is EndpointFile {
  const file = doc as Partial<EndpointFile> | undefined;
  return (
    file?.type === 'endpoint-file' &&
    typeof file.relpath === 'string' &&
    typeof file.filename === 'string'
  );
}
