// Lists of objects by prefix and delimiter, in pages, in the order of the bytes of their names.

import { invalid } from '../storage-error.ts';
import { type ObjectRecord, objectId } from './object-record.ts';
import type { ObjectStore } from './object-store.ts';

export interface ListingRequest {
  bucket: string;
  prefix: string;
  delimiter: string;
  maxResults: number;
  pageToken: string;
  startOffset: string;
  endOffset: string;
}

export interface ObjectListing {
  items: ObjectRecord[];
  prefixes: string[];
  nextPageToken?: string;
}

const PAGE_MAX = 1000;
const HIGHEST = '\u{10ffff}';

export async function listObjects(
  store: ObjectStore,
  request: ListingRequest,
): Promise<ObjectListing> {
  const { bucket, prefix, delimiter, endOffset } = request;
  const limit = Math.min(request.maxResults || PAGE_MAX, PAGE_MAX);
  const listing: ObjectListing = { items: [], prefixes: [] };
  const count = (): number => listing.items.length + listing.prefixes.length;
  let from = firstKey(request);
  const endKey = objectId(bucket, `${prefix}${HIGHEST}`);
  let lastGroup: string | undefined;
  for (;;) {
    const page = await store.list({ startKey: from, endKey, limit: limit + 1 });
    for (const record of page) {
      const group = groupOf(record.name, prefix, delimiter);
      if (group !== undefined && group === lastGroup) continue;
      if (endOffset !== '' && compare(record.name, endOffset) >= 0) return listing;
      if (count() >= limit) return { ...listing, nextPageToken: token(record.name) };
      if (group === undefined) listing.items.push(record);
      else {
        listing.prefixes.push(group);
        lastGroup = group;
      }
    }
    const last = page.at(-1);
    if (page.length <= limit || !last) return listing;
    const skippedTo = lastGroup === undefined ? '' : objectId(bucket, `${lastGroup}${HIGHEST}`);
    from = later(skippedTo, `${last._id}\0`);
  }
}

/** `a/b/` for name `a/b/c`, prefix `a/` and delimiter `/`. */
function groupOf(name: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === '') return undefined;
  const at = name.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : name.slice(0, at + delimiter.length);
}

function firstKey({ bucket, prefix, pageToken, startOffset }: ListingRequest): string {
  const after = pageToken === '' ? '' : Buffer.from(pageToken, 'base64url').toString();
  if (pageToken !== '' && !after.startsWith('from:')) throw invalid('Invalid page token');
  const names = [prefix, startOffset, after.slice('from:'.length)];
  return objectId(bucket, names.reduce(later));
}

/** By bytes, as the database has them; strings of JavaScript are in another order. */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function later(a: string, b: string): string {
  return compare(a, b) > 0 ? a : b;
}

function token(name: string): string {
  return Buffer.from(`from:${name}`).toString('base64url');
}
