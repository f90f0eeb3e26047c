// The Pipeline report as a reviewer sees it at a terminal: scores as a table, and the weblog's URL.

import { parsePipelineReport } from '../../core/products/pipeline-report.ts';
import { weblogName } from '../../core/products/product-names.ts';
import type { ReportDocument } from './pipeline-reports.ts';

const CELL_LENGTH = 70;

/** `cacheUrl`: where the replicated cache of JAO serves its files, `http://localhost:8000`. */
export function reportText(report: ReportDocument, cacheUrl: string): string {
  const xml = Buffer.from(report.encodedReport, 'base64').toString('utf8');
  const { progId, recipe, processingTime, finalScore, topics } = parsePipelineReport(xml);
  const table = [
    ['Topic', 'Score', 'Reason'],
    ...topics.map(({ topic, score, reason }) => [topic, showScore(score), reason]),
    ['Final score', showScore(finalScore), ''],
  ];
  return [
    `Pipeline report of ${report.ousUID}`,
    ...aligned([
      ['project', progId ?? 'not said'],
      ['recipe', recipe ?? 'not said'],
      ['run', `${report.timestamp} at ${report.source}`],
      ['took', processingTime ?? 'not said'],
    ]),
    '',
    ...aligned(table),
    '',
    `Weblog: ${weblogUrl(report, cacheUrl)}`,
  ].join('\n');
}

export function weblogUrl(report: ReportDocument, cacheUrl: string): string {
  const name = weblogName(report.ousUID, runTimestamp(report));
  return `${cacheUrl.replace(/\/+$/, '')}/weblogs/${encodeURIComponent(name)}/`;
}

// The names of a run's files carry the time that is in the name of its products directory.
function runTimestamp({ productsDir, timestamp }: ReportDocument): string {
  const found = /_(\d{4})_(\d\d)_(\d\dT\d\d)_(\d\d)_(\d\d\.\d+)$/.exec(productsDir);
  if (!found) return timestamp;
  const [, year, month, dayAndHour, minute, second] = found;
  return `${year}-${month}-${dayAndHour}:${minute}:${second}`;
}

function showScore(score: number | undefined): string {
  return score === undefined ? '-' : score.toFixed(3);
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map(plain));
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  return cells.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
}

// Reports come from other sites: nothing in them may steer the terminal.
function plain(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return line.length > CELL_LENGTH ? `${line.slice(0, CELL_LENGTH - 1)}…` : line;
}
