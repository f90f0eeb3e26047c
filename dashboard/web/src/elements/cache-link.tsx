// A link into the site's cache: the server's own `/cache/…` only; whatever else a document says is
// no link.

import { Icon } from './icon.tsx';

export function CacheLink({ href, text }: { href: string; text: string }) {
  if (!isCacheLink(href)) return null;
  return (
    <a class="button" href={`.${href}`} target="_blank" rel="noreferrer">
      {text}
      <Icon name="external" />
    </a>
  );
}

/** Looked at as the browser would follow it, so that no `..` in whatever writing leads outside. */
function isCacheLink(href: string): boolean {
  if (!href.startsWith('/cache/')) return false;
  const { origin, pathname } = new URL(href, location.href);
  return origin === location.origin && pathname.startsWith('/cache/');
}
