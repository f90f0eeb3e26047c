// Links to what the site's cache shows, as paths of this server, which sends the reader on. A name
// that could lead out of the cache gets no link.

import { isOusUid } from '../../../mockup/core/identifiers.ts';
import { productsSubpath, weblogName } from '../../../mockup/core/products/product-names.ts';
import { isTimestamp } from '../../../mockup/core/timestamps.ts';
import { isServable, urlPathOf } from '../../../mockup/platform/http/site-path.ts';

const NAME_LENGTH_MAX = 255;

/** The directory of a run in the cache. */
export function productsLink(productsDir: unknown, ousUid: unknown): string | null {
  if (typeof productsDir !== 'string') return null;
  const below = isOusUid(ousUid) ? productsSubpath(ousUid).split('/') : [];
  return cacheLink([productsDir, ...below]);
}

export function weblogLink(ousUid: unknown, timestamp: unknown): string | null {
  if (!isOusUid(ousUid) || typeof timestamp !== 'string' || !isTimestamp(timestamp)) return null;
  return cacheLink(['weblogs', weblogName(ousUid, timestamp)]);
}

function cacheLink(names: readonly string[]): string | null {
  const isSafe = names.every((name) => isServable(name) && name.length <= NAME_LENGTH_MAX);
  return isSafe ? `/cache${urlPathOf(names, 'directory')}` : null;
}
