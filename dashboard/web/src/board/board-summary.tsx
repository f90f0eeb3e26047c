// The numbers above the board: how much there is and, in warning colours with words, what needs
// somebody: each number leads to what it counts.

import { useComputed } from '@preact/signals';
import type { PageModel } from '../connection/observatory-context.ts';
import { usePage } from '../connection/observatory-context.ts';
import { Icon, type IconName } from '../elements/icon.tsx';
import { formatCount } from '../format/quantities.ts';
import { emptyFilter, queryOfFilter } from '../model/ous-filter.ts';
import { hrefOf } from '../navigation/route.ts';

export function BoardSummary() {
  const page = usePage();
  const { observatory } = page;
  const ouss = useComputed(() => countOuss(page)).value;
  const queues = observatory.queue.all();
  const unread = queues.reduce((sum, { open }) => sum + open, 0);
  const dead = queues.reduce((sum, queue) => sum + queue.dead, 0);
  const actors = observatory.actor.all();
  const down = actors.filter(({ state }) => state === 'down').length;
  const up = actors.filter(({ state }) => state === 'idle' || state === 'busy').length;
  const stuckHref = hrefOf(['board'], queryOfFilter({ ...emptyFilter, onlyStuck: true }));
  return (
    <ul class="summary" aria-label="Summary">
      <Figure value={ouss.total} label="OUSs" href={hrefOf(['board'])} />
      <Figure value={ouss.underWay} label="under way" href={hrefOf(['board'])} />
      <Figure value={ouss.delivered} label="delivered" href={hrefOf(['time'])} />
      <Figure value={unread} label="unread messages" href={hrefOf(['tables', 'unread'])} />
      <Figure value={up} label="actors up" href={hrefOf(['line'])} />
      <Warning value={ouss.stuck} label="stuck" href={stuckHref} kind="warn" />
      <Warning
        value={ouss.problems}
        label={ouss.problems === 1 ? 'problem' : 'problems'}
        href={hrefOf(['board'], { text: 'ProcessingProblem' })}
        kind="bad"
      />
      <Warning
        value={dead}
        label={dead === 1 ? 'dead message' : 'dead messages'}
        href={hrefOf(['tables', 'dead'])}
        kind="bad"
      />
      <Warning
        value={down}
        label={down === 1 ? 'actor down' : 'actors down'}
        href={hrefOf(['line'])}
        kind="bad"
      />
    </ul>
  );
}

function countOuss({ board }: PageModel) {
  const older = board.older.value;
  const counts = { total: older, underWay: 0, delivered: older, stuck: 0, problems: 0 };
  for (const column of board.totals.value) {
    column.version.value;
    const { state, size } = column;
    counts.total += size;
    counts.stuck += board.stuckIn(column);
    if (state === 'Delivered') counts.delivered += size;
    else if (state === 'ProcessingProblem') counts.problems += size;
    else if (state !== 'FullyObserved') counts.underWay += size;
  }
  return counts;
}

interface FigureProps {
  value: number;
  label: string;
  href: string;
}

function Figure({ value, label, href }: FigureProps) {
  return (
    <li>
      <a class="figure" href={href}>
        <strong>{formatCount(value)}</strong> <span>{label}</span>
      </a>
    </li>
  );
}

/** Quiet while there is nothing to warn of. */
function Warning({ value, label, href, kind }: FigureProps & { kind: 'warn' | 'bad' }) {
  const icon: IconName = value > 0 ? 'alert' : 'check';
  return (
    <li>
      <a class={`figure ${value > 0 ? kind : 'quiet'}`} href={href}>
        <Icon name={icon} />
        <strong>{formatCount(value)}</strong> <span>{label}</span>
      </a>
    </li>
  );
}
