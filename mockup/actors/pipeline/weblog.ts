// The weblog of a run: one self-contained HTML page, in a folder that has the weblog's own name.

import { escapeMarkup } from '../../core/products/markup.ts';
import {
  finalScore,
  formatDuration,
  formatScore,
  type PipelineReport,
  type TopicScore,
} from '../../core/products/pipeline-report-writer.ts';

export interface WeblogProduct {
  name: string;
  size_bytes: number;
}

const STYLE = `
:root { color-scheme: light dark; --line: #8884; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
meter { width: 8rem; }
`;

/** All text is escaped; the page loads nothing from elsewhere. */
export function makeWeblogPage(
  report: PipelineReport,
  products: readonly WeblogProduct[],
): string {
  const title = `Weblog of ${report.ousUid}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeMarkup(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeMarkup(title)}</h1>
<table>
${facts(report)
  .map(([name, value]) => `<tr><th>${escapeMarkup(name)}</th><td>${escapeMarkup(value)}</td></tr>`)
  .join('\n')}
</table>
<h2>Scores</h2>
<table>
<tr><th>Topic</th><th>Score</th><th></th><th>Reason</th></tr>
${report.topics.map(scoreRow).join('\n')}
</table>
<h2>Products</h2>
<table>
<tr><th>File</th><th>Bytes</th></tr>
${products.map(productRow).join('\n')}
</table>
</body>
</html>
`;
}

function facts(report: PipelineReport): [string, string][] {
  return [
    ['Project', report.progId],
    ['OUS', report.ousUid],
    ['Recipe', report.recipe],
    ['Run', report.timestamp],
    ['Processing time', formatDuration(report.processingTime_s)],
    ['Final score', formatScore(finalScore(report.topics))],
  ];
}

function scoreRow({ topic, score, reason }: TopicScore): string {
  const shown = formatScore(score);
  const meter = `<meter min="0" max="1" low="0.5" high="0.8" optimum="1" value="${shown}"></meter>`;
  return [
    `<tr><td>${escapeMarkup(topic)}</td><td class="number">${shown}</td>`,
    `<td>${meter}</td><td>${escapeMarkup(reason)}</td></tr>`,
  ].join('');
}

function productRow({ name, size_bytes }: WeblogProduct): string {
  return `<tr><td>${escapeMarkup(name)}</td><td class="number">${size_bytes}</td></tr>`;
}
