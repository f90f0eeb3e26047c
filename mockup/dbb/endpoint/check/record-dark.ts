// Puts dark files on record, as a finder does that leaves them where they are: ingesters take them
// for new. A content that is on record under another name stays dark, and is told.

import {
  type ContentMark,
  contentId,
  type IdentifiedFile,
  newEndpointFile,
} from '../../../core/dbb/endpoint-file.ts';
import type { CheckRun } from '../../records/check-run.ts';
import type { CheckOptions } from './check-endpoint.ts';

export async function recordDark(
  paths: readonly string[],
  { files, contents, work, clock, storage }: CheckOptions,
  run: CheckRun,
): Promise<void> {
  const identified: IdentifiedFile[] = [];
  for (const [index, result] of (await work.identify(storage, paths)).entries()) {
    const path = paths[index] ?? '';
    if ('checksum' in result) identified.push(result);
    else run.tell('unseen', path, 'code' in result ? result.code : 'it is being written');
  }
  const known = await contents.getMany<ContentMark>(
    identified.map(({ checksum }) => contentId(checksum)),
  );
  const fresh = identified.filter(({ version: { path, size_bytes } }, index) => {
    const lookup = known[index];
    const other = lookup && 'doc' in lookup ? lookup.doc.path : path;
    if (other === path || size_bytes === 0) return true;
    run.tell('dark', path, `not recorded: the same content as ${JSON.stringify(other)}`);
    return false;
  });
  const marks = fresh.filter(({ version }) => version.size_bytes > 0);
  await contents.bulk(
    marks.map(({ checksum, version }) => ({ _id: contentId(checksum), path: version.path })),
  );
  const now_ms = clock.now();
  const results = await files.bulk(fresh.map((file) => newEndpointFile(file, 'Noop', now_ms)));
  for (const [index, { version }] of fresh.entries()) {
    if (results[index]?.ok) run.count('repaired');
    else run.tell('dark', version.path, 'it can’t be put on record');
  }
}
