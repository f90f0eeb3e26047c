// The runs of the Pipeline over one OUS, newest first. The newest that left a report is shown in
// full, the others in a line each: why it failed, or a report to be opened.

import type { OusDetail, PipelineRun } from '../../../protocol/json-api.ts';
import { Icon, StateIcon } from '../elements/icon.tsx';
import { formatPreciseDuration } from '../format/durations.ts';
import { formatMoment } from '../format/moments.ts';
import { countOf, formatScore } from '../format/quantities.ts';
import { stateClass } from '../look/state-look.ts';
import { hasFailed, type PipelineAttempt } from '../model/pipeline-attempts.ts';
import { now } from '../model/server-clock.ts';
import { lengthOf } from '../model/stays.ts';
import { RunComparison } from './run-comparison.tsx';
import { RunLog } from './run-log.tsx';
import { RunLinks, RunReport } from './run-report.tsx';

interface PipelineRunsProps {
  id: string;
  attempts: readonly PipelineAttempt[];
  delivery: OusDetail['delivery'];
}

export function PipelineRuns({ id, attempts, delivery }: PipelineRunsProps) {
  const newest = attempts.find(({ run }) => run !== undefined);
  const failed = attempts.filter(hasFailed).length;
  return (
    <section class="panel ous-runs" aria-labelledby="runs-title">
      <h2 id="runs-title">
        <span>
          Pipeline runs{' '}
          <span class="faint">
            {attempts.length}
            {failed > 0 && `, ${failed} failed`}
          </span>
        </span>
        <Delivery delivery={delivery} />
      </h2>
      <RunComparison runs={attempts.flatMap(({ run }) => run ?? [])} />
      {attempts.length === 0 && <p class="empty-note">The Pipeline has not run yet.</p>}
      {attempts.map((attempt, index) => {
        const { run } = attempt;
        const key = attempts.length - index;
        if (!run) return <RunWithoutReport key={key} id={id} attempt={attempt} />;
        if (attempt !== newest)
          return <EarlierRun key={key} id={id} attempt={attempt} run={run} />;
        return (
          <article key={key} class="run">
            <header class="run-head">
              <h3>{timeOf(run)}</h3>
              <span class="soft">{circumstances(run)}</span>
              <RunLinks run={run} />
            </header>
            <RunReport run={run} />
            <RunLog id={id} stay={attempt.stay} />
          </article>
        );
      })}
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

interface EarlierRunProps {
  id: string;
  attempt: PipelineAttempt;
  run: PipelineRun;
}

function EarlierRun({ id, attempt, run }: EarlierRunProps) {
  return (
    <details class="run earlier-run">
      <summary>
        <strong>{timeOf(run)}</strong>
        <span class="soft">{circumstances(run)}</span>
        <span class="run-end">
          {run.finalScore === null ? 'no score' : `score ${formatScore(run.finalScore)}`}
        </span>
      </summary>
      <RunReport run={run} />
      <RunLinks run={run} />
      <RunLog id={id} stay={attempt.stay} />
    </details>
  );
}

/** As the history tells it: it is under way, it failed, or its report is not here. */
function RunWithoutReport({ id, attempt }: { id: string; attempt: PipelineAttempt }) {
  const { time_ms, stay, outcome } = attempt;
  const first = stay?.steps.find(({ executive }) => executive);
  const recipe = stay?.steps.find(({ substate }) => substate)?.substate;
  const state = outcome?.state ?? 'Processing';
  const what = hasFailed(attempt)
    ? outcome?.reason || 'nobody said why'
    : outcome
      ? `ended in ${state}, its report is not here`
      : 'under way';
  return (
    <article class={`run short-run ${stateClass(state)}`}>
      <h3>{formatMoment(time_ms)}</h3>
      <span class="soft">
        {[
          first && `at ${first.executive}`,
          recipe,
          stay && formatPreciseDuration(lengthOf(stay, now.value)),
        ]
          .filter(Boolean)
          .join(' · ')}
      </span>
      <span class={`run-end ${hasFailed(attempt) ? 'is-failure' : ''}`}>
        <StateIcon state={state} />
        {hasFailed(attempt) && <strong>failed: </strong>}
        {what}
      </span>
      <RunLog id={id} stay={stay} />
    </article>
  );
}

function timeOf({ time_ms, timestamp }: PipelineRun): string {
  return time_ms === null ? timestamp : formatMoment(time_ms);
}

function circumstances({ source, recipe, processingTime }: PipelineRun): string {
  return [source && `at ${source}`, recipe, processingTime].filter(Boolean).join(' · ');
}
