// The picture of the line: actors at their sites, messages as they are sent, replications with how
// far they are behind. The same is there in words for who does not see it.

import { useComputed } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { usePage } from '../connection/observatory-context.ts';
import { Inspector } from '../inspect/inspector.tsx';
import type { Observatory } from '../model/observatory.ts';
import { ActorNode, ActorSign } from './actor-node.tsx';
import { FlyingMessages } from './flying-messages.tsx';
import { type LinePlan, type PlannedSite, planLine } from './line-plan.ts';
import { LineWords } from './line-words.tsx';
import { QueueChip } from './queue-chip.tsx';
import { ReplicationStrip } from './replication-strip.tsx';

const FIRST_ARC = 'EU';
/** As wide as that its smallest words can be read. */
const WIDTH_REM = 80;

export function LineView() {
  const { observatory } = usePage();
  const arcs = useComputed(() => arcsOf(observatory).join(' ')).value;
  const plan = useMemo(() => planLine(arcs.split(' ')), [arcs]);
  return (
    <div class="line-place">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by the keyboard too. */}
      <section class="line" tabIndex={0} aria-label="Line">
        <h1 class="visually-hidden">Line: actors, messages and replications</h1>
        <p class="line-cue" aria-hidden="true">
          The picture is wider than this screen: move it sideways →
        </p>
        {/* biome-ignore lint/a11y/useSemanticElements: a picture is no fieldset. */}
        <svg
          class="line-picture"
          style={{ minHeight: `${(WIDTH_REM * plan.height) / plan.width}rem` }}
          viewBox={`0 0 ${plan.width} ${plan.height}`}
          preserveAspectRatio="xMidYMid meet"
          role="group"
          aria-label="Picture of the line"
        >
          <defs>
            <Arrow />
          </defs>
          {plan.sites.map((site) => (
            <SiteBox key={site.name} site={site} />
          ))}
          <Legend />
          <Edges plan={plan} />
          <FlyingMessages plan={plan} />
          {plan.queues.map((queue) => (
            <QueueChip key={queue.id} queue={queue} />
          ))}
          {plan.actors.map((actor) => (
            <ActorNode key={actor.id} actor={actor} />
          ))}
          <ReplicationStrip box={plan.replications} arcs={arcs.split(' ')} />
        </svg>
        <LineWords plan={plan} />
      </section>
      <Inspector />
    </div>
  );
}

/** The ARCs that actors or replications are known of; one in any case. */
function arcsOf(observatory: Observatory): string[] {
  const sites = observatory.config.value?.sites ?? [];
  const seen = new Set([
    ...observatory.actor.all().map(({ site }) => site),
    ...observatory.replication.all().flatMap(({ from, to }) => [from, to]),
  ]);
  const arcs = sites.filter((site) => site !== 'JAO' && seen.has(site));
  return arcs.length > 0 ? arcs : [FIRST_ARC];
}

function SiteBox({ site }: { site: PlannedSite }) {
  const { x, y, height } = site.box;
  return (
    <g>
      <rect class="site-box" {...site.box} rx="16" />
      <text class="site-title" x={x + 24} y={y + (height < 320 ? 33 : 37)}>
        {site.name}
        <tspan class="site-kind" dx="12">
          {site.name === 'JAO' ? 'observatory, Chile' : 'ALMA Regional Centre'}
        </tspan>
      </text>
    </g>
  );
}

function Legend() {
  const entries = [
    ['busy', 404],
    ['idle', 500],
    ['stopped', 588],
    ['down', 710],
  ] as const;
  return (
    <g class="legend">
      {entries.map(([state, x]) => (
        <g key={state} class={`actor-${state}`}>
          <ActorSign state={state} x={x} y={39} />
          <text class="legend-word" x={x + 19} y={45}>
            {state}
          </text>
        </g>
      ))}
    </g>
  );
}

function Edges({ plan }: { plan: LinePlan }) {
  return (
    <g class="edges">
      {plan.edges.map(({ id, d, kind }) => (
        <path key={id} class={`edge edge-${kind}`} d={d} />
      ))}
      {plan.edges
        .filter(({ kind }) => kind === 'files')
        .map(({ id }) => (
          <text key={id} class="edge-word" x="927" y="594">
            rsync: products, weblogs
          </text>
        ))}
    </g>
  );
}

function Arrow() {
  return (
    <marker
      id="arrow"
      class="arrow"
      viewBox="0 0 10 10"
      refX="9"
      refY="5"
      markerWidth="11"
      markerHeight="11"
      markerUnits="userSpaceOnUse"
      orient="auto"
    >
      <path d="M0 0.8 10 5 0 9.2z" />
    </marker>
  );
}
