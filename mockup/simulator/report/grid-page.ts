// The results of a grid as one HTML page: the KPI against each parameter, with the interval of its
// seeds, and a row for each setting.

import * as Plot from '@observablehq/plot';
import { cheapest, type SettingResult } from '../grid/grid-result.ts';
import type { Varied } from '../grid/settings.ts';
import { KPI_DAYS } from '../measures/summary.ts';
import { gridSections } from './grid-report.ts';
import { figureHtml, htmlPage, tableHtml, text } from './html.ts';
import { drawn, type Figure, isNarrow } from './plots.ts';

export function gridPage(
  name: string,
  varied: readonly Varied[],
  results: readonly SettingResult[],
  goal: string | undefined,
): string {
  const [table] = gridSections(varied, results);
  const best = cheapest(results);
  const setting = Object.entries(best?.setting ?? {}).map(([key, value]) => `${key}=${value}`);
  const found = best
    ? `The cheapest that meets it: ${setting.join(' ')}.`
    : 'No setting meets it.';
  return htmlPage(name, [
    `<h1>${text(name)}</h1>`,
    `<p class="head">${results.length} settings, ${results[0]?.seeds ?? 0} seeds each.</p>`,
    goal === undefined ? '' : `<p>Goal: <b>${text(goal)}</b>. ${text(found)}</p>`,
    ...varied.map((one) => figureHtml(kpiFigure(one, varied, results))),
    table ? tableHtml(table) : '',
  ]);
}

function kpiFigure(
  { key, values }: Varied,
  varied: readonly Varied[],
  results: readonly SettingResult[],
): Figure {
  const others = varied.filter((one) => one.key !== key);
  const points = results.map(({ setting, kpi }) => ({
    value: String(setting[key]),
    others: others.map((one) => `${one.key}=${setting[one.key]}`).join(' ') || 'all',
    median: 100 * kpi.median,
    low: 100 * kpi.low,
    high: 100 * kpi.high,
  }));
  return {
    title: `KPI against ${key}`,
    note: `Share delivered within ${KPI_DAYS} days: median of the seeds, and the interval of nine in ten; a line for each setting of the other parameters.`,
    svgs: drawn((width) => ({
      height: isNarrow(width) ? 240 : 280,
      x: { type: 'point', domain: values.map(String), label: key },
      y: { label: '%', domain: [0, 100], grid: true },
      color: { scheme: 'viridis' },
      marks: [
        Plot.ruleX(points, {
          x: 'value',
          y1: 'low',
          y2: 'high',
          stroke: 'others',
          strokeWidth: 2,
        }),
        Plot.line(points, { x: 'value', y: 'median', stroke: 'others' }),
        Plot.dot(points, { x: 'value', y: 'median', fill: 'others', r: 4 }),
        Plot.ruleY([90], { stroke: 'var(--ink-2)', strokeDasharray: '4 3' }),
        Plot.ruleY([0]),
      ],
    })),
  };
}
