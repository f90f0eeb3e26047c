// The history of an OUS as a timeline, what came last first.

import type { HistoryStep } from '../../../protocol/json-api.ts';
import { StateIcon } from '../elements/icon.tsx';
import { formatPreciseDuration } from '../format/durations.ts';
import { formatNear } from '../format/moments.ts';
import { stateClass } from '../look/state-look.ts';
import { now } from '../model/server-clock.ts';
import { lengthOf, type Stay, staysOf } from '../model/stays.ts';

export function HistoryList({ history }: { history: readonly HistoryStep[] }) {
  const stays = staysOf(history).reverse();
  if (stays.length === 0) {
    return <p class="empty-note">No history: it was written by an actor that keeps none.</p>;
  }
  return (
    <ol class="timeline">
      {stays.map((stay, index) => (
        <StayItem key={`${stays.length - index}`} stay={stay} />
      ))}
    </ol>
  );
}

function StayItem({ stay }: { stay: Stay }) {
  const length = formatPreciseDuration(lengthOf(stay, now.value));
  const steps = stay.steps.toReversed();
  return (
    <li class={`stay ${stateClass(stay.state)}`}>
      <span class="stay-sign">
        <StateIcon state={stay.state} />
      </span>
      <h3 class="stay-head">
        <span class="stay-state">{stay.state}</span>
        <span class="stay-length">{stay.end_ms === null ? `for ${length}` : length}</span>
      </h3>
      <ol class="stay-steps">
        {steps.map((step, index) => (
          <Step key={index} step={step} previous={steps[index + 1]} />
        ))}
      </ol>
    </li>
  );
}

/** What the step changed, compared with the one before it in the same state. */
function Step({ step, previous }: { step: HistoryStep; previous: HistoryStep | undefined }) {
  const changes = [];
  if (!previous) changes.push(step.substate || 'entered');
  else if (step.substate !== previous.substate) changes.push(step.substate || 'substate cleared');
  if (previous && step.executive !== previous.executive) {
    changes.push(step.executive ? `executive ${step.executive}` : 'executive cleared');
  }
  return (
    <li class="step">
      <time class="step-time">{formatNear(step.time_ms, now.value)}</time>
      <span class="step-what">
        {changes.join(', ') || 'written again'}
        {step.reason && <span class="step-reason"> {step.reason}</span>}
      </span>
      <span class="step-by">{step.by}</span>
    </li>
  );
}
