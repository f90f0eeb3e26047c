// The replications between the databases of JAO and of the ARCs, with how far each is behind. With
// several ARCs a database is a column, so that its name stands there once and whole.

import type { LinkSummary } from '../../../protocol/control.ts';
import type { ReplicationSummary } from '../../../protocol/summaries.ts';
import { usePage } from '../connection/observatory-context.ts';
import { formatDuration } from '../format/durations.ts';
import { formatCount } from '../format/quantities.ts';
import { inspectable } from '../inspect/inspected.ts';
import { now } from '../model/server-clock.ts';
import type { Box } from './line-plan.ts';

const STORE_WIDTH = 116;
const ROW_PITCH = 78;
const HEAD_HEIGHT = 30;

export function ReplicationStrip({ box, arcs }: { box: Box; arcs: readonly string[] }) {
  const { observatory } = usePage();
  const all = observatory.replication.all();
  const heads = arcs.length === 1 ? undefined : [...new Set(all.map(nameOf))].sort();
  return (
    <g class="replications">
      <rect class="site-box" {...box} rx="16" />
      {all.length === 0 ? (
        <text class="replication-none" x={box.x + box.width / 2} y={box.y + box.height / 2}>
          No replication is known at this site.
        </text>
      ) : (
        <>
          {heads && <ColumnHeads box={box} heads={heads} />}
          {arcs.map((arc, index) => (
            <ArcLinks
              key={arc}
              arc={arc}
              all={all}
              heads={heads}
              box={{
                ...box,
                y: box.y + (heads ? 8 + HEAD_HEIGHT + index * ROW_PITCH : 0),
                height: heads ? ROW_PITCH : box.height,
              }}
            />
          ))}
        </>
      )}
    </g>
  );
}

function ColumnHeads({ box, heads }: { box: Box; heads: readonly string[] }) {
  const { first, pitch } = columnsIn(box, heads.length);
  return (
    <g>
      {heads.map((name, index) => (
        <foreignObject
          key={name}
          x={first + index * pitch}
          y={box.y + 10}
          width={pitch}
          height={HEAD_HEIGHT}
        >
          <div class="link-text" title={name}>
            <div class="link-name">{name}</div>
          </div>
        </foreignObject>
      ))}
    </g>
  );
}

/** Equally wide columns in the middle between the stores. */
function columnsIn(box: Box, count: number): { first: number; pitch: number } {
  const [start, end] = waysOf(box);
  const pitch = Math.min(190, (end - start - 30) / Math.max(7, count));
  return { first: (start + end) / 2 - (pitch * count) / 2, pitch };
}

/** Where the lines between the stores begin and end. */
function waysOf({ x, width }: Box): [start: number, end: number] {
  const margin = 24 + STORE_WIDTH + 6;
  return [x + margin, x + width - margin];
}

interface ArcLinksProps {
  arc: string;
  all: readonly ReplicationSummary[];
  heads: readonly string[] | undefined;
  box: Box;
}

function ArcLinks({ arc, all, heads, box }: ArcLinksProps) {
  const away = sorted(all.filter(({ from, to }) => from === 'JAO' && to === arc));
  const home = sorted(all.filter(({ from, to }) => from === arc && to === 'JAO'));
  const isHigh = box.height > 120;
  const left = box.x + 24;
  const right = box.x + box.width - 24 - STORE_WIDTH;
  const rows = isHigh ? [box.y + 56, box.y + 140] : [box.y + 20, box.y + 56];
  const pillHeight = isHigh ? 62 : 30;
  return (
    <g>
      <Store site="JAO" x={left} y={box.y + 14} height={box.height - 28} />
      <Store site={arc} x={right} y={box.y + 14} height={box.height - 28} />
      <LinkRow
        {...{ links: away, heads, box, height: pillHeight }}
        y={rows[0] ?? 0}
        isHome={false}
      />
      <LinkRow
        {...{ links: home, heads, box, height: pillHeight }}
        y={rows[1] ?? 0}
        isHome={true}
      />
    </g>
  );
}

interface LinkRowProps {
  links: readonly ReplicationSummary[];
  /** The columns, where each database has one; else they stand side by side with their names. */
  heads: readonly string[] | undefined;
  box: Box;
  /** Of its middle. */
  y: number;
  height: number;
  isHome: boolean;
}

function LinkRow({ links, heads, box, y, height, isHome }: LinkRowProps) {
  if (links.length === 0) return null;
  const [start, end] = waysOf(box);
  const { first, pitch } = columnsIn(box, heads?.length ?? links.length);
  const placeOf = (link: ReplicationSummary, index: number): number =>
    first + (heads ? heads.indexOf(link.database) : index) * pitch + 5;
  return (
    <g>
      <path
        class="link-line"
        d={isHome ? `M${end} ${y}H${start + 2}` : `M${start} ${y}H${end - 2}`}
      />
      {links.map((link, index) => (
        <LinkPill
          key={link.id}
          link={link}
          isNamed={heads === undefined}
          box={{ x: placeOf(link, index), y: y - height / 2, width: pitch - 10, height }}
        />
      ))}
    </g>
  );
}

interface LinkPillProps {
  link: ReplicationSummary;
  isNamed: boolean;
  box: Box;
}

function LinkPill({ link, isNamed, box }: LinkPillProps) {
  const { observatory } = usePage();
  const way = wayOf(observatory.link.all(), link);
  const { kind, sign, words } =
    way === 'cut' ? { kind: 'is-bad', sign: '✕', words: 'link cut' } : lagOf(link);
  const seen = `${isNamed ? `${link.database} ` : ''}${sign} ${words}`;
  return (
    <g
      class={`link ${kind}`}
      data-replication={link.id}
      {...inspectable(
        'replication',
        link.id,
        `${seen}, ${link.database} ${link.from} to ${link.to}`,
      )}
    >
      <rect class="link-box" {...box} rx="10" />
      <foreignObject {...box}>
        <div class="link-text" title={`${link.database}: ${link.error ?? link.state}`}>
          {isNamed && <div class="link-name">{link.database}</div>}
          <div class="link-lag">
            <span aria-hidden="true">{sign}</span> {words}
          </div>
        </div>
      </foreignObject>
    </g>
  );
}

/** How the link is that it goes by, where the line tells. */
function wayOf(
  links: readonly LinkSummary[],
  { from, to }: ReplicationSummary,
): LinkSummary['state'] | undefined {
  return links.find(({ ends }) => ends.includes(from) && ends.includes(to))?.state;
}

export function lagOf(link: ReplicationSummary): { kind: string; sign: string; words: string } {
  if (/crash|fail|error|unreachable|missing/.test(link.state)) {
    return { kind: 'is-bad', sign: '✕', words: link.state };
  }
  if (link.pending === null) return { kind: '', sign: '?', words: link.state };
  if (link.pending === 0) return { kind: 'is-good', sign: '✓', words: 'in step' };
  const since =
    link.behindSince_ms === null ? '' : ` ${formatDuration(now.value - link.behindSince_ms)}`;
  return { kind: 'is-behind', sign: '▲', words: `${formatCount(link.pending)} behind${since}` };
}

function Store({ site, x, y, height }: { site: string; x: number; y: number; height: number }) {
  const [middle, rx, ry] = [x + STORE_WIDTH / 2, STORE_WIDTH / 2, Math.min(14, height / 5)];
  const [top, bottom] = [y + ry, y + height - ry];
  const floor = `A${rx} ${ry} 0 0 0 ${x + STORE_WIDTH} ${bottom}`;
  const low = height < 90;
  return (
    <g class="store">
      <path class="store-body" d={`M${x} ${top}V${bottom}${floor}V${top}`} />
      <ellipse class="store-lid" cx={middle} cy={y + ry} rx={rx} ry={ry} />
      <text class="store-name" x={middle} y={y + height / 2 + (low ? 14 : 10)}>
        {site}
      </text>
      {!low && (
        <text class="store-kind" x={middle} y={y + height / 2 + 36}>
          CouchDB
        </text>
      )}
    </g>
  );
}

function sorted(links: ReplicationSummary[]): ReplicationSummary[] {
  return links.sort((one, other) => (one.database < other.database ? -1 : 1));
}

function nameOf({ database }: ReplicationSummary): string {
  return database;
}
