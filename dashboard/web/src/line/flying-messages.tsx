// Messages on their way over the picture, as they happen. While very many are sent only some fly.

import { useEffect, useRef } from 'preact/hooks';
import type { MessageSummary } from '../../../protocol/summaries.ts';
import { usePage } from '../connection/observatory-context.ts';
import type { LinePlan } from './line-plan.ts';
import { partOfWay, wayOf } from './message-way.ts';

const FLYING_MAX = 24;
const UNITS_PER_MS = 0.55;
const FLIGHT_MS_MIN = 500;
const SVG = 'http://www.w3.org/2000/svg';
const calm = matchMedia('(prefers-reduced-motion: reduce)');

export function FlyingMessages({ plan }: { plan: LinePlan }) {
  const { observatory } = usePage();
  const layer = useRef<SVGGElement>(null);
  useEffect(
    () =>
      observatory.message.listen({
        reset: () => {},
        change: (before, after) => {
          if (after && layer.current) fly(layer.current, plan, before, after);
        },
      }),
    [plan],
  );
  return <g ref={layer} class="flying" />;
}

function fly(
  layer: SVGGElement,
  plan: LinePlan,
  before: MessageSummary | undefined,
  message: MessageSummary,
): void {
  if (calm.matches || document.hidden || layer.childElementCount >= FLYING_MAX) return;
  const part = partOfWay(before, message);
  const way = part && wayOf(plan, message, part);
  if (!way) return;
  const dot = document.createElementNS(SVG, 'circle');
  dot.setAttribute('r', message.kind === 'message' ? '9' : '7');
  dot.setAttribute('class', `flying-message ${message.kind}`);
  dot.style.setProperty('offset-path', `path("${way.d}")`);
  layer.append(dot);
  const flight = dot.animate([{ offsetDistance: '0%' }, { offsetDistance: '100%' }], {
    duration: Math.max(FLIGHT_MS_MIN, way.length / UNITS_PER_MS),
    easing: 'cubic-bezier(.4,.1,.5,1)',
  });
  flight.onfinish = flight.oncancel = () => dot.remove();
}
