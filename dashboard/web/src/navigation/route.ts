// Where the page is: the part of the address after `#`, such as `#/board?text=X1465&stuck=1`, so
// that every view and filter has an address that can be kept and sent.

import { computed, signal } from '@preact/signals';

export interface Route {
  /** `/board` → ['board']; parts are decoded. */
  path: string[];
  query: URLSearchParams;
}

const hash = signal(location.hash);
/** Whether the page was at another address of its own before. */
let hasMoved = false;
addEventListener('hashchange', () => {
  hasMoved = true;
  hash.value = location.hash;
});

export const route = computed(() => parseRoute(hash.value));

/** Unreadable escapes stand for themselves. */
function parseRoute(text: string): Route {
  const [path = '', query = ''] = text.replace(/^#\/?/, '').split('?', 2);
  return {
    path: withUid(path.split('/').filter(Boolean).map(decode)),
    query: new URLSearchParams(query),
  };
}

/** `#/ous/uid://A001/X1465/X346b`, as somebody pastes it, names the OUS too. */
function withUid(path: string[]): string[] {
  const [view = '', scheme, ...parts] = path;
  return scheme === 'uid:' && parts.length > 0 ? [view, `uid://${parts.join('/')}`] : path;
}

export function hrefOf(path: readonly string[], query: Record<string, string> = {}): string {
  const kept = Object.entries(query).filter(([, value]) => value !== '');
  const search = new URLSearchParams(kept).toString();
  return `#/${path.map(encodeURIComponent).join('/')}${search ? `?${search}` : ''}`;
}

export function ousHref(id: string): string {
  return hrefOf(['ous', id]);
}

export function goTo(href: string): void {
  location.hash = href;
}

/** To where the person came from; `otherwise` for whoever began here, and would leave the page. */
export function goBack(otherwise: string): void {
  if (hasMoved) history.back();
  else goTo(otherwise);
}

/** Without an entry in the browser's history: for what changes with each key press. */
export function replaceQuery(query: Record<string, string>): void {
  const href = hrefOf(route.value.path, query);
  if (href === location.hash) return;
  history.replaceState(null, '', href);
  hash.value = href;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
