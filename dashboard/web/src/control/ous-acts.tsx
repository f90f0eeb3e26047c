// What a person can do for an OUS where it stands: assign it, review it with its report and weblog
// beside the verdict, or queue it again.

import { useSignal } from '@preact/signals';
import { isPipelineRecipe } from '../../../../mockup/core/ous/recipes.ts';
import type { PipelineRun } from '../../../protocol/json-api.ts';
import type { OusSummary } from '../../../protocol/summaries.ts';
import { usePage } from '../connection/observatory-context.ts';
import { Term } from '../glossary/term.tsx';
import { ActButton } from './act-button.tsx';
import { useControl } from './use-control.ts';

/** The first letters of EA and EU are the same. */
const siteKeys: Readonly<Record<string, string>> = { JAO: 'j', EU: 'e', NA: 'n', EA: 'a' };

interface OusActsProps {
  ous: OusSummary;
  /** The newest that left a report. */
  run: PipelineRun | undefined;
}

export function OusActs({ ous, run }: OusActsProps) {
  const control = useControl();
  if (!control) return null;
  const { state } = ous;
  const isReview = state === 'ReadyForReview' || state === 'Reviewing';
  if (state === 'ReadyForProcessing' && isPipelineRecipe(ous.substate))
    return <Assign ous={ous} />;
  if (isReview) return <Review ous={ous} run={run} />;
  if (state !== 'ProcessingProblem') return null;
  return (
    <section class="panel ous-acts" aria-labelledby="acts-of-ous">
      <h2 id="acts-of-ous">The Pipeline failed</h2>
      <div class="control-buttons">
        <ActButton act={{ act: 'queue-again', ous: ous.uid }} kind="good" shortcut="q">
          Queue again
        </ActButton>
      </div>
    </section>
  );
}

function Assign({ ous }: { ous: OusSummary }) {
  const { observatory } = usePage();
  const running = new Set(observatory.process.all().map(({ site }) => site));
  const sites = (observatory.config.value?.sites ?? []).filter((site) => running.has(site));
  return (
    <section class="panel ous-acts" aria-labelledby="acts-of-ous">
      <h2 id="acts-of-ous">Assign it to</h2>
      <div class="control-buttons">
        {sites.map((site) => (
          <ActButton
            key={site}
            act={{ act: 'assign', ous: ous.uid, to: site }}
            label={`Assign to ${site}`}
            shortcut={siteKeys[site] ?? ''}
          >
            {site}
          </ActButton>
        ))}
      </div>
    </section>
  );
}

function Review({ ous, run }: { ous: OusSummary; run: PipelineRun | undefined }) {
  const { uid, state } = ous;
  const isBegun = state === 'Reviewing';
  return (
    <section class="panel ous-acts review" aria-labelledby="acts-of-ous">
      <h2 id="acts-of-ous">
        <Term name="QA2" />: {isBegun ? 'the verdict' : 'it waits for a review'}
      </h2>
      <div class="control-buttons">
        {!isBegun && (
          <ActButton act={{ act: 'review', ous: uid }} shortcut="r">
            Begin the review
          </ActButton>
        )}
        <ActButton act={{ act: 'verdict', ous: uid, verdict: 'Pass' }} kind="good" shortcut="p">
          Pass
        </ActButton>
        <ActButton act={{ act: 'verdict', ous: uid, verdict: 'Semipass' }} shortcut="s">
          Semipass
        </ActButton>
        <ActButton act={{ act: 'verdict', ous: uid, verdict: 'Fail' }} kind="bad" shortcut="f">
          Fail
        </ActButton>
        {isBegun && (
          <ActButton act={{ act: 'cancel-review', ous: uid }} shortcut="c">
            Cancel the review
          </ActButton>
        )}
      </div>
      {run?.weblogLink && run.weblog?.archived === true ? (
        <Weblog link={run.weblogLink} />
      ) : (
        <p class="soft">The weblog is on its way.</p>
      )}
    </section>
  );
}

/** It came from a pipeline: it runs no scripts, and can do nothing to this page. */
function Weblog({ link }: { link: string }) {
  const isShown = useSignal(true);
  return (
    <details
      class="weblog"
      open={isShown.value}
      onToggle={({ currentTarget }) => {
        isShown.value = currentTarget.open;
      }}
    >
      <summary>Weblog</summary>
      <iframe title="Weblog of the run" src={`.${link}`} sandbox="" loading="lazy" />
    </details>
  );
}
