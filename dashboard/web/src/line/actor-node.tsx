// One actor in the picture: alive, busy or down, by colour, by sign and in words.

import { usePage } from '../connection/observatory-context.ts';
import { inspectable } from '../inspect/inspected.ts';
import { now } from '../model/server-clock.ts';
import { touredActor } from '../story/tour.ts';
import { showActor, stateWords } from './actor-state.ts';
import type { PlannedActor } from './line-plan.ts';

const SIGN = 11;

export function ActorNode({ actor }: { actor: PlannedActor }) {
  const { observatory } = usePage();
  const { x, y, width, height } = actor.box;
  const { state, what, running } = showActor(observatory, actor, now.value);
  const isToured = touredActor(observatory) === actor.id;
  const isLow = height < 76;
  const margin = isLow ? 7 : 12;
  const left = margin + SIGN * 2 + (isLow ? 5 : 8);
  return (
    <g
      class={`actor actor-${state} ${isLow ? 'is-low' : ''} ${isToured ? 'is-toured' : ''}`}
      data-actor={actor.id}
      {...inspectable('actor', actor.id)}
    >
      <rect class="actor-box" x={x} y={y} width={width} height={height} rx="12" />
      <ActorSign state={state} x={x + margin + SIGN} y={y + height / 2 - (isLow ? 13 : 15)} />
      <foreignObject x={x + left} y={y} width={width - left - 5} height={height}>
        <div class="actor-text">
          <div class="actor-name" title={actor.id}>
            {actor.name}
            {running > 1 && !isLow && <span class="actor-running"> ×{running}</span>}
          </div>
          <div class="actor-what" title={what}>
            <span class="actor-state">{stateWords[state]}</span> {what}
          </div>
        </div>
      </foreignObject>
    </g>
  );
}

/** Full: busy; open: idle; crossed: down; square: stopped; dashed: nothing is known. */
export function ActorSign({ state, x, y }: { state: string; x: number; y: number }) {
  switch (state) {
    case 'busy':
      return (
        <g class="actor-sign">
          <circle class="sign-full" cx={x} cy={y} r={SIGN - 4} />
          <circle class="sign-ring" cx={x} cy={y} r={SIGN} />
        </g>
      );
    case 'down':
      return (
        <g class="actor-sign">
          <circle class="sign-full" cx={x} cy={y} r={SIGN} />
          <path class="sign-cross" d={`M${x - 4.5} ${y - 4.5}l9 9M${x + 4.5} ${y - 4.5}l-9 9`} />
        </g>
      );
    case 'stopped':
      return (
        <rect class="actor-sign sign-line" x={x - 8} y={y - 8} width="16" height="16" rx="2" />
      );
    default:
      return <circle class="actor-sign sign-line" cx={x} cy={y} r={SIGN - 2} />;
  }
}
