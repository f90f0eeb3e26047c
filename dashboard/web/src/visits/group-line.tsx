// The last visits in a line, the newest first: how far each is, to choose from.

import { formatNear } from '../format/moments.ts';
import { visitClass } from '../look/visit-look.ts';
import { now } from '../model/server-clock.ts';
import { countStates, isOver, latenciesOf, type VisitGroup } from '../model/visit-groups.ts';
import { choose } from './visit-choice.ts';

/** The end of a name tells visits of one night apart: of a time, the time of day. */
const TAIL = 12;

interface GroupLineProps {
  groups: readonly VisitGroup[];
  chosen: VisitGroup;
  isNewest: boolean;
}

export function GroupLine({ groups, chosen, isNewest }: GroupLineProps) {
  return (
    <nav class="group-line" aria-label="Last visits">
      <button
        type="button"
        class="button"
        aria-pressed={isNewest}
        onClick={() => choose({ group: '' })}
      >
        Newest
      </button>
      <ol>
        {groups.map((group) => (
          <li key={group.name}>
            <GroupButton group={group} isChosen={group === chosen} />
          </li>
        ))}
      </ol>
    </nav>
  );
}

function GroupButton({ group, isChosen }: { group: VisitGroup; isChosen: boolean }) {
  const visits = [...group.visits.values()];
  const over = visits.filter(isOver).length;
  const { promised_s } = latenciesOf(visits);
  const { announced_ms } = group;
  const time = Number.isFinite(announced_ms) ? formatNear(announced_ms, now.value) : '–';
  return (
    <button
      type="button"
      class="group"
      data-group={group.name}
      aria-current={isChosen ? 'true' : undefined}
      title={`${group.name}, announced ${time}`}
      onClick={() => choose({ group: group.name })}
    >
      <span class="group-name">
        <span class="file-name-head">{group.name.slice(0, -TAIL)}</span>
        <span class="file-name-tail">{group.name.slice(-TAIL)}</span>
      </span>
      <GroupBar group={group} />
      <span class="group-facts">
        <span>
          {over} / {visits.length}
        </span>
        <span>{promised_s === null ? '' : `${promised_s.toFixed(1)} s`}</span>
      </span>
    </button>
  );
}

function GroupBar({ group }: { group: VisitGroup }) {
  let x = 0;
  const total = Math.max(1, group.visits.size);
  return (
    <svg
      class="group-bar"
      viewBox={`0 0 ${total} 1`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {countStates(group.visits.values())
        .reverse()
        .map(([state, count]) => {
          x += count;
          return (
            <rect key={state} class={visitClass(state)} x={x - count} width={count} height="1" />
          );
        })}
    </svg>
  );
}
