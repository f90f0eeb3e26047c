// The page that lists a directory: plain HTML that works without scripts, light or dark as the
// reader's system is. Names come from anywhere and are escaped.

import type { FileEntry } from '../files/files.ts';
import { urlPathOf } from './site-path.ts';

const ENTRIES_MAX = 10_000;

const STYLE = `
:root { color-scheme: light dark; --line: #8884; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.25rem; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100% }
td, th { border-bottom: 1px solid var(--line); padding: .3rem .5rem; text-align: left }
td:first-child { overflow-wrap: anywhere }
td:last-child, th:last-child { text-align: right; white-space: nowrap }
`;

/** `names`: the directory as shown, none for the top. `entries`: what may be seen, in order. */
export function listingPage(names: readonly string[], entries: readonly FileEntry[]): string {
  const title = escapeHtml(`/${names.join('/')}`);
  const rows = entries.slice(0, ENTRIES_MAX).map((entry) => entryRow(names, entry));
  if (names.length > 0) rows.unshift(row(urlPathOf(names.slice(0, -1), 'directory'), '..', ''));
  const hidden = entries.length - ENTRIES_MAX;
  const rest = hidden > 0 ? `<p>and ${hidden} more</p>` : '';
  const none = entries.length === 0 ? '<p>Nothing is here yet.</p>' : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${breadcrumbs(names)}</h1>
<table>
<thead><tr><th>Name</th><th>Size</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
${none}${rest}
</body>
</html>
`;
}

/** `12 bytes`, `3.4 kB`, `1.2 MB`: powers of 1000. */
export function readableSize(size_bytes: number): string {
  const units = ['kB', 'MB', 'GB', 'TB'];
  if (size_bytes < 1000) return size_bytes === 1 ? '1 byte' : `${size_bytes} bytes`;
  let size = size_bytes / 1000;
  let unit = 0;
  while (size >= 999.95 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${size.toFixed(1)} ${units[unit]}`;
}

export function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot' };
  return text.replace(/[&<>"']/g, (character) => `&${entities[character] ?? '#39'};`);
}

function entryRow(names: readonly string[], { name, kind, size_bytes }: FileEntry): string {
  const directory = kind === 'directory';
  const href = urlPathOf([...names, name], directory ? 'directory' : 'file');
  return row(href, directory ? `${name}/` : name, directory ? '' : readableSize(size_bytes));
}

function row(href: string, name: string, size: string): string {
  return `<tr><td><a href="${href}">${escapeHtml(name)}</a></td><td>${size}</td></tr>`;
}

function breadcrumbs(names: readonly string[]): string {
  const parts = names.map((name, index) => {
    const href = urlPathOf(names.slice(0, index + 1), 'directory');
    return `<a href="${href}">${escapeHtml(name)}</a>`;
  });
  return ['<a href="/">top</a>', ...parts].join(' / ');
}
