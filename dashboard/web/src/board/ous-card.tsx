// One OUS on the board. It leads to all that is known of it.

import { useLayoutEffect, useRef } from 'preact/hooks';
import type { OusSummary } from '../../../protocol/summaries.ts';
import { Icon } from '../elements/icon.tsx';
import { Uid } from '../elements/uid.tsx';
import { formatDuration } from '../format/durations.ts';
import { stateClass } from '../look/state-look.ts';
import { now } from '../model/server-clock.ts';
import { ousHref } from '../navigation/route.ts';
import { focusedCard } from './board-keys.ts';
import { registerCard } from './card-moves.ts';

interface OusCardProps {
  ous: OusSummary;
  /** In its column. */
  index: number;
  isStuck: boolean;
}

export function OusCard({ ous, index, isStuck }: OusCardProps) {
  const { id, uid, progId, state, executive } = ous;
  const card = useRef<HTMLAnchorElement>(null);
  useLayoutEffect(() => (card.current ? registerCard(id, card.current) : undefined), [id]);
  const focused = focusedCard.value;
  const isInTabOrder = focused?.state === state ? focused.index === index : index === 0;
  return (
    <a
      ref={card}
      href={ousHref(id)}
      class={`card ${stateClass(state)} ${isStuck ? 'is-stuck' : ''}`}
      data-column={state}
      data-index={index}
      data-ous={id}
      tabIndex={isInTabOrder ? 0 : -1}
      onFocus={() => {
        focusedCard.value = { state, index };
      }}
    >
      <Uid uid={uid} />
      <span class="card-project" title={progId}>
        {progId}
      </span>
      <CardStep ous={ous} />
      <span class="card-executive">{executive && <span class="executive">{executive}</span>}</span>
      <Age ous={ous} isStuck={isStuck} />
    </a>
  );
}

function Age({ ous, isStuck }: { ous: OusSummary; isStuck: boolean }) {
  const age = ous.since_ms === null ? '–' : formatDuration(now.value - ous.since_ms);
  if (!isStuck) return <span class="card-age">{age}</span>;
  return (
    <span class="card-age stuck-age">
      <Icon name="alert" />
      <span class="visually-hidden">stuck for </span>
      {age}
    </span>
  );
}

/** The substate; where there is none, why it is here, or the recipe that it was processed by. */
function CardStep({ ous }: { ous: OusSummary }) {
  const { substate, reason, recipe, state } = ous;
  if (substate) return <Step text={substate} isPast={false} />;
  return <Step text={(state === 'ProcessingProblem' && reason) || recipe || ''} isPast={true} />;
}

/** What most recipes begin with is left out where the column is narrow. */
function Step({ text, isPast }: { text: string; isPast: boolean }) {
  const [, head = '', tail = text] = /^(Pipeline)([A-Z].*)$/s.exec(text) ?? [];
  return (
    <span class={`card-step ${isPast ? 'is-past' : ''}`} title={text}>
      {head && <span class="step-head">{head}</span>}
      {tail}
    </span>
  );
}
