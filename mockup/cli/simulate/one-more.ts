// What one more of each would bring: the same scenario, with the same chance, again for each of the
// resources that were waited for.

import type { OusName } from '../../simulator/cycle/observed-ouss.ts';
import { type Setting, withSetting } from '../../simulator/grid/settings.ts';
import type { Summary } from '../../simulator/measures/summary.ts';
import { showDuration } from '../../simulator/quantity/duration.ts';
import { showRate } from '../../simulator/quantity/size.ts';
import { type Cell, percent, type TextSection } from '../../simulator/report/text-report.ts';
import type { CommandContext } from '../command.ts';
import { runOnThreads } from './cycle-threads.ts';
import { RemainingTime } from './remaining-time.ts';
import type { Plan } from './simulate-options.ts';

const TRIED_MAX = 6;
const GBIT_BYTES = 1e9 / 8;

export async function oneMoreSection(
  { name, content, jobs }: Plan,
  summary: Summary,
  names: readonly OusName[] | undefined,
  context: CommandContext,
  signal: AbortSignal,
): Promise<TextSection> {
  const waited = new Set(summary.waiting.map(({ resource }) => resource));
  const tried = summary.use.filter((one) => waited.has(one.name)).slice(0, TRIED_MAX);
  const settings = tried.map(({ key, name: resource, capacity }): Setting => {
    const isLink = resource.startsWith('link');
    const more = isLink ? showRate(capacity + GBIT_BYTES) : capacity + 1;
    return { [key]: more };
  });
  const remaining = new RemainingTime(context.stderr);
  try {
    const summaries = await runOnThreads(
      settings.map((setting) => ({ name, content: withSetting(content, setting), names })),
      {
        threads: jobs,
        signal,
        onDone: (done) => remaining.show(done / settings.length, `${done} with one more`),
      },
    );
    const rows = settings.map((setting, n): Cell[] => {
      const [[key = '', value = ''] = []] = Object.entries(setting);
      return [`${key}=${value}`, ...shown(summaries[n] as Summary)];
    });
    const heading = ['', 'within 30 d', 'p50', 'p90'];
    return { title: 'With one more', rows: [heading, ['as it is', ...shown(summary)], ...rows] };
  } finally {
    remaining.end();
  }
}

function shown({ kpi, timings }: Summary): Cell[] {
  const { quantiles_s } = timings['observation-to-delivery'];
  return [percent(kpi), showDuration(quantiles_s[1] ?? 0), showDuration(quantiles_s[3] ?? 0)];
}
