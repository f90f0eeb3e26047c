// Lists in pages, in the order of names. The token is where the next page begins.

import { invalid } from '../pubsub-error.ts';

const PAGE_MAX = 1000;

export function pageOf<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  request: { pageSize?: unknown; pageToken?: unknown },
): { items: T[]; nextPageToken: string } {
  const size = Number(request.pageSize ?? 0);
  if (size < 0) throw invalid('page_size is negative');
  const token = String(request.pageToken ?? '');
  const after = token === '' ? '' : Buffer.from(token, 'base64url').toString();
  if (token !== '' && !after.startsWith('projects/')) throw invalid('page_token is none of ours');
  const sorted = items
    .filter((item) => nameOf(item) > after)
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const page = sorted.slice(0, Math.min(size || PAGE_MAX, PAGE_MAX));
  const last = page.at(-1);
  const more = last !== undefined && page.length < sorted.length;
  return {
    items: page,
    nextPageToken: more ? Buffer.from(nameOf(last)).toString('base64url') : '',
  };
}
