// The runs of the Pipeline over one OUS beside each other: scores by topic, and what each made.

import type { PipelineRun } from '../../../protocol/json-api.ts';
import { formatMoment } from '../format/moments.ts';
import { formatBytes, formatScore } from '../format/quantities.ts';

export function RunComparison({ runs }: { runs: readonly PipelineRun[] }) {
  if (runs.length < 2) return null;
  const topics = [...new Set(runs.flatMap((run) => run.topics.map(({ topic }) => topic)))];
  const rows: [string, (run: PipelineRun) => string][] = [
    ['Executive', ({ source }) => source ?? '–'],
    ['Recipe', ({ recipe }) => recipe ?? '–'],
    ['Took', ({ processingTime }) => processingTime ?? '–'],
    ['Final score', ({ finalScore }) => formatScore(finalScore)],
    ...topics.map((topic): [string, (run: PipelineRun) => string] => [
      topic,
      (run) => formatScore(run.topics.find((one) => one.topic === topic)?.score ?? null),
    ]),
    ['Products', ({ products }) => String(products.length)],
    ['Size', ({ products }) => formatBytes(sizeOf(products))],
  ];
  return (
    <details class="comparison">
      <summary>
        <strong>Compare {runs.length} runs</strong>
      </summary>
      <div class="comparison-table">
        <table class="scores">
          <thead>
            <tr>
              <td />
              {runs.map((run) => (
                <th key={run.timestamp} scope="col">
                  {run.time_ms === null ? run.timestamp : formatMoment(run.time_ms)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, valueIn]) => {
              const values = runs.map(valueIn);
              const isDifferent = values.some((value) => value !== values[0]);
              return (
                <tr key={name} class={isDifferent ? 'is-different' : ''}>
                  <th scope="row">{name}</th>
                  {values.map((value, index) => (
                    <td key={runs[index]?.timestamp}>{value}</td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function sizeOf(products: PipelineRun['products']): number | null {
  const sizes = products.flatMap(({ size_bytes }) => size_bytes ?? []);
  return sizes.length === 0 ? null : sizes.reduce((sum, size) => sum + size, 0);
}
