// Are the caches of the sites equal, byte for byte, and does the archive hold what they hold?

import { createHash } from 'node:crypto';
import type { Database, Document } from '../../platform/couch/database.ts';
import type { Files } from '../../platform/files/files.ts';
import { documentsOf } from './ous-checker.ts';

export interface Cache {
  name: string;
  files: Files;
  directory: string;
}

export type CacheContent = ReadonlyMap<string, Uint8Array>;

/** Every file of a cache by its path; directories end with a slash. */
export async function readCache({ files, directory }: Cache): Promise<CacheContent> {
  const content = new Map<string, Uint8Array>();
  const read = async (below: string): Promise<void> => {
    for (const { name, kind } of await files.list(`${directory}/${below}`)) {
      const path = `${below}${name}`;
      if (kind === 'directory') {
        content.set(`${path}/`, new Uint8Array());
        await read(`${path}/`);
      } else content.set(path, await files.read(`${directory}/${path}`));
    }
  };
  await read('');
  return content;
}

/** How JAO's cache differs from those of the ARCs taken together; not at all: an empty list. */
export function checkCaches(jao: CacheContent, arcs: readonly CacheContent[]): string[] {
  const problems: string[] = [];
  const expected = new Map(arcs.flatMap((arc) => [...arc]));
  for (const path of new Set([...jao.keys(), ...expected.keys()])) {
    const [here, there] = [jao.get(path), expected.get(path)];
    if (!here) problems.push(`${path} is not in JAO's cache`);
    else if (!there) problems.push(`${path} is in JAO's cache alone`);
    else if (Buffer.compare(here, there) !== 0) problems.push(`${path} differs`);
  }
  return problems;
}

/** Products directories and weblogs that no completed run accounts for; none: an empty list. */
export function checkRunsOf(cache: CacheContent, runs: number): string[] {
  const top = [...cache.keys()].filter((path) => /^[^/]+\/?$/.test(path) && !path.startsWith('.'));
  const weblogs = top.filter((path) => path.endsWith('.zip'));
  const directories = top.filter((path) => path.endsWith('/') && path !== 'weblogs/');
  const counts: [what: string, found: number][] = [
    ['weblogs', weblogs.length],
    ['products directories', directories.length],
  ];
  return counts
    .filter(([, found]) => found !== runs)
    .map(([what, found]) => `${found} ${what} in the cache, of ${runs} runs that were completed`);
}

/** Archived files whose content is not that of the cache; none: an empty list. */
export async function checkArchive(ngas: Database, cache: CacheContent): Promise<string[]> {
  const byId = new Map<string, Uint8Array>();
  for (const [path, content] of cache) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (name !== '') byId.set(name.replaceAll(':', '_'), content);
  }
  const problems: string[] = [];
  for (const document of await documentsOf(ngas)) {
    const original = byId.get(document._id);
    if (!original) problems.push(`${document._id} is archived, but in no cache`);
    else problems.push(...(await checkArchived(ngas, document, original)));
  }
  return problems;
}

async function checkArchived(
  ngas: Database,
  document: Document,
  original: Uint8Array,
): Promise<string[]> {
  const { _id: id, encodedContents, checksum, size_bytes } = document;
  const content =
    typeof encodedContents === 'string'
      ? Buffer.from(encodedContents, 'base64')
      : (await ngas.getAttachment(id, 'contents'))?.content;
  const expected = createHash('blake2b512').update(original).digest('hex');
  const problems: string[] = [];
  if (!content || Buffer.compare(content, original) !== 0) problems.push(`${id} differs`);
  if (checksum !== undefined && checksum !== expected) problems.push(`${id}: wrong checksum`);
  if (size_bytes !== undefined && size_bytes !== original.length) {
    problems.push(`${id}: wrong size`);
  }
  return problems;
}
