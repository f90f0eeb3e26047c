// What an OUS is and where it stands now, at the top of its view.

import type { ComponentChildren } from 'preact';
import type { OusSummary } from '../../../protocol/summaries.ts';
import { usePage } from '../connection/observatory-context.ts';
import { CopyButton } from '../elements/copy-button.tsx';
import { Icon, StateIcon } from '../elements/icon.tsx';
import { Uid } from '../elements/uid.tsx';
import { formatDuration } from '../format/durations.ts';
import { formatNear } from '../format/moments.ts';
import { Term } from '../glossary/term.tsx';
import { stateClass } from '../look/state-look.ts';
import { now } from '../model/server-clock.ts';
import { hrefOf } from '../navigation/route.ts';

/** `runs`: as many as are listed below, failed ones too. */
export function OusHead({ ous, runs }: { ous: OusSummary; runs: number }) {
  const { board } = usePage();
  const { uid, progId, state, substate, executive, recipe, since_ms, reason } = ous;
  return (
    <header class={`ous-head ${stateClass(state)}`}>
      <a class="button icon-only" href={hrefOf(['board'])} aria-label="Back to the board">
        <Icon name="back" />
      </a>
      <div class="ous-name">
        <h1>
          <Uid uid={uid} />
          <CopyButton text={uid} what="the UID" />
        </h1>
        <p>
          <span class="faint">Project</span>{' '}
          <a href={hrefOf(['board'], { project: progId })}>{progId}</a>
        </p>
      </div>
      <div class="ous-state">
        <p class="state-badge">
          <StateIcon state={state} />
          {state}
        </p>
        <p class="soft">{[substate, reason].filter(Boolean).join(' · ') || 'no substate'}</p>
      </div>
      <dl class="facts">
        <Fact name={board.isStuck(ous) ? 'Stuck here for' : 'Here for'}>
          <span class={board.isStuck(ous) ? 'badge warn' : ''}>
            {board.isStuck(ous) && <Icon name="alert" />}
            {formatDuration(since_ms === null ? null : now.value - since_ms)}
          </span>
        </Fact>
        <Fact name="Since">{formatNear(since_ms, now.value)}</Fact>
        <Fact name="Executive" term="executive">
          {executive ?? '–'}
        </Fact>
        <Fact name="Recipe" term="recipe">
          {recipe ?? '–'}
        </Fact>
        <Fact name="Pipeline runs">{runs}</Fact>
      </dl>
    </header>
  );
}

interface FactProps {
  name: string;
  /** Of the glossary. */
  term?: string;
  children?: ComponentChildren;
}

function Fact({ name, term, children }: FactProps) {
  return (
    <div>
      <dt>{term ? <Term name={term}>{name}</Term> : name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
