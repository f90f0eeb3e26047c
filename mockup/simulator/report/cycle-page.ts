// The answers as one HTML page that needs nothing else: tables and plots, for a wide screen and a
// narrow one, light or dark as the reader's machine is.

import type { CycleRecord } from '../measures/cycle-record.ts';
import type { Summary } from '../measures/summary.ts';
import { timingMeanings, timingNames } from '../measures/timings.ts';
import { figureHtml, htmlPage, tableHtml, text } from './html.ts';
import { figuresOf, shownQueues } from './plots.ts';
import { headline, percent, textSections } from './text-report.ts';

export function cyclePage(record: CycleRecord, summary: Summary, description?: string): string {
  const [timings, , use, waiting] = textSections(record, summary);
  const last = summary.timings['observation-to-delivery'];
  const facts = [
    [`${summary.delivered} of ${summary.ouss}`, 'OUSs delivered'],
    [percent(summary.kpi), 'within 30 days (KPI: 90 %)'],
    [days(last.quantiles_s[1]), 'median, observation to delivery'],
    [days(last.quantiles_s[3]), '90 % quantile'],
    [summary.runs.meanLoad.toFixed(1), 'Pipeline runs at a time'],
    [summary.waiting[0]?.resource ?? 'none', 'bottleneck'],
  ];
  const cards = facts.map(
    ([value = '', what = '']) => `<li><strong>${text(value)}</strong> ${text(what)}</li>`,
  );
  const figures = figuresOf(record);
  const legend = shownQueues(record)
    .map(({ name, color }) => `<li><i style="background:${color}"></i>${text(name)}</li>`)
    .join('');
  const parts = [
    `<h1>${text(record.name)}</h1>`,
    description === undefined ? '' : `<p>${text(description)}</p>`,
    `<p class="head">${text(headline(summary))}</p>`,
    `<ul class="facts">${cards.join('')}</ul>`,
    ...figures.map((figure) =>
      figureHtml(figure, figure.title.startsWith('Queues') ? legend : undefined),
    ),
    timings ? tableHtml(timings) : '',
    `<dl>${timingNames.map((name) => `<dt>${name}</dt><dd>${timingMeanings[name]}</dd>`).join('')}</dl>`,
    use ? tableHtml(use) : '',
    waiting ? tableHtml(waiting) : '',
  ];
  return htmlPage(record.name, parts);
}

function days(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds)) return 'not reached';
  return `${(seconds / 86_400).toFixed(1)} d`;
}
