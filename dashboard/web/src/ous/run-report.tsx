// What a run of the Pipeline left behind: its scores, files and links.

import type { PipelineRun } from '../../../protocol/json-api.ts';
import { usePage } from '../connection/observatory-context.ts';
import { CacheLink } from '../elements/cache-link.tsx';
import { ScoreBar } from '../elements/score-bar.tsx';
import { ProductTable } from './product-table.tsx';

export function RunReport({ run }: { run: PipelineRun }) {
  return (
    <>
      <table class="scores">
        <caption class="visually-hidden">Scores of the run</caption>
        <tbody>
          <tr class="final-score">
            <th scope="row">Final score</th>
            <td>
              <ScoreBar score={run.finalScore} />
            </td>
            <td>the lowest of its topics</td>
          </tr>
          {run.topics.map(({ topic, score, reason }, index) => (
            <tr key={`${index} ${topic}`}>
              <th scope="row">{topic}</th>
              <td>
                <ScoreBar score={score} />
              </td>
              <td>{reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <ProductTable run={run} />
    </>
  );
}

export function RunLinks({ run }: { run: PipelineRun }) {
  const { observatory } = usePage();
  if (observatory.config.value?.hasCache !== true) return null;
  return (
    <span class="run-links">
      {run.weblogLink && <CacheLink href={run.weblogLink} text="Weblog" />}
      {run.productsLink && <CacheLink href={run.productsLink} text="Cache" />}
    </span>
  );
}
