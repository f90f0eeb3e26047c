// The page around a report's tables and plots.

import type { Figure } from './plots.ts';
import type { Cell, TextSection } from './text-report.ts';

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --back: #fff; --line: #d8dee4;
  --ink-1: #2f6db5; --ink-2: #d1495b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --back: #0d1117;
  --line: #30363d; --ink-1: #6ea8e8; --ink-2: #f0808f; } }
body { margin: 0 auto; max-width: 56rem; padding: 1rem; color: var(--ink); background: var(--back);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0.5rem 0; } h2 { font-size: 1.15rem; margin: 2rem 0 0.25rem; }
p { margin: 0.25rem 0 0.75rem; } .head, figcaption, dd { color: var(--soft); }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: 0.75rem;
  padding: 0; list-style: none; }
.facts li { border: 1px solid var(--line); border-radius: 0.5rem; padding: 0.5rem 0.75rem;
  font-size: 0.85rem; color: var(--soft); }
.facts strong { display: block; font-size: 1.25rem; color: var(--ink); }
figure { margin: 0; } figcaption { font-size: 0.85rem; } svg { max-width: 100%; height: auto; }
svg.narrow { display: none; }
@media (max-width: 40rem) { svg.wide { display: none; } svg.narrow { display: block; } }
.legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; padding: 0; list-style: none;
  font-size: 0.85rem; }
.legend i { display: inline-block; width: 0.8em; height: 0.8em; margin-right: 0.4em; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: 0.85rem; }
th, td { padding: 0.2rem 0.6rem; border-bottom: 1px solid var(--line); text-align: right;
  white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
dl { font-size: 0.85rem; display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; }
dd { margin: 0; } @media (max-width: 40rem) { dl { display: block; } dd { margin-bottom: 0.4rem; } }
`;

export function htmlPage(title: string, parts: readonly string[]): string {
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${text(title)}</title><style>${STYLE}</style></head><body><main>`,
    ...parts,
    '</main></body></html>',
    '',
  ].join('\n');
}

export function figureHtml({ title, note, svgs: [wide = '', narrow = ''] }: Figure, legend = '') {
  const list = legend === '' ? '' : `<ul class="legend">${legend}</ul>`;
  return (
    `<h2>${text(title)}</h2><figure>${wide}${narrow}` +
    `<figcaption>${list}${text(note)}</figcaption></figure>`
  );
}

/** Columns of bars for a terminal are left out. */
export function tableHtml({ title, rows }: TextSection): string {
  const [heading = [], ...lines] = rows.map((row) => row.filter((cell) => !isBars(cell)));
  const cells = (row: readonly Cell[], tag: string): string =>
    row.map((cell) => `<${tag}>${text(String(cell))}</${tag}>`).join('');
  const shown = lines.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('');
  const width = lines[0]?.length ?? 0;
  const titles = heading.length > width ? withoutGap(heading) : heading;
  return (
    `<h2>${text(title)}</h2><div class="scroll"><table><thead><tr>${cells(titles, 'th')}</tr>` +
    `</thead><tbody>${shown}</tbody></table></div>`
  );
}

function isBars(cell: Cell): boolean {
  return typeof cell === 'string' && /^[▁▂▃▄▅▆▇█]+$/.test(cell);
}

/** The heading over a column of bars is empty. */
function withoutGap(heading: readonly Cell[]): Cell[] {
  const gap = heading.lastIndexOf('');
  return heading.filter((_, place) => place !== gap || place === 0);
}

export function text(raw: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return raw.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);
}
