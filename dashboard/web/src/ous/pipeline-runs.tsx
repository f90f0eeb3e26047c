// The runs of the Pipeline over one OUS, newest first: scores, products, links.

import type { OusDetail, PipelineRun } from '../../../protocol/json-api.ts';
import { CacheLink } from '../elements/cache-link.tsx';
import { Icon } from '../elements/icon.tsx';
import { ScoreBar } from '../elements/score-bar.tsx';
import { formatMoment } from '../format/moments.ts';
import { countOf } from '../format/quantities.ts';
import { usePage } from '../model/observatory-context.ts';
import { ProductTable } from './product-table.tsx';

export function PipelineRuns({ detail }: { detail: OusDetail }) {
  const { runs, delivery } = detail;
  const [newest, ...earlier] = runs;
  return (
    <section class="panel ous-runs" aria-labelledby="runs-title">
      <h2 id="runs-title">
        Pipeline runs <span class="faint">{runs.length}</span>
        <Delivery delivery={delivery} />
      </h2>
      {newest ? (
        <Run run={newest} />
      ) : (
        <p class="empty-note">No run of the Pipeline has ended yet.</p>
      )}
      {earlier.length > 0 && (
        <details class="earlier-runs">
          <summary>{countOf(earlier.length, 'earlier run')}</summary>
          {earlier.map((run) => (
            <Run key={run.timestamp} run={run} />
          ))}
        </details>
      )}
    </section>
  );
}

function Delivery({ delivery }: { delivery: OusDetail['delivery'] }) {
  if (!delivery) return null;
  const { complete, products } = delivery;
  return (
    <span class={`badge ${complete ? 'good' : ''}`}>
      <Icon name={complete ? 'check' : 'minus'} />
      {countOf(products.length, 'product')} {complete ? 'delivered' : 'ingested so far'}
    </span>
  );
}

function Run({ run }: { run: PipelineRun }) {
  const { observatory } = usePage();
  const hasCache = observatory.config.value?.hasCache === true;
  return (
    <article class="run">
      <header class="run-head">
        <h3>{run.time_ms === null ? run.timestamp : formatMoment(run.time_ms)}</h3>
        <span class="soft">
          {[run.source && `at ${run.source}`, run.recipe, run.processingTime]
            .filter(Boolean)
            .join(' · ')}
        </span>
        <span class="run-links">
          {hasCache && run.weblogLink && <CacheLink href={run.weblogLink} text="Weblog" />}
          {hasCache && run.productsLink && <CacheLink href={run.productsLink} text="Cache" />}
        </span>
      </header>
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
    </article>
  );
}
