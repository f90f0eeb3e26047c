// One column of the board: a state, how many OUSs are in it, and their cards: what is stuck first,
// longest in this state first; then what came last first.

import { useComputed } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { usePage } from '../connection/observatory-context.ts';
import { Icon, StateIcon } from '../elements/icon.tsx';
import { StateName } from '../elements/state-name.tsx';
import { VirtualList } from '../elements/virtual-list.tsx';
import { formatCount } from '../format/quantities.ts';
import { stateClass } from '../look/state-look.ts';
import type { StateColumn } from '../model/state-column.ts';
import { registerScroller } from './board-keys.ts';
import { OusCard } from './ous-card.tsx';

const CARD_HEIGHT_REM = 6.15;

export function BoardColumn({ column }: { column: StateColumn }) {
  const { board } = usePage();
  const { state } = column;
  const stuck = useComputed(() => board.stuckIn(column)).value;
  const count = useComputed(() => board.countIn(column)).value;
  const scroller = useRef<((index: number) => void) | undefined>(undefined);
  registerScroller(state, scroller);
  column.version.value;
  return (
    <section
      class={`column ${stateClass(state)} ${count === 0 ? 'is-empty' : ''}`}
      aria-label={`${state}: ${count}${stuck > 0 ? `, ${stuck} stuck` : ''}`}
      data-state-column={state}
    >
      <ColumnHead state={state} count={count} stuck={stuck} />
      {state === 'Delivered' && <OlderNote />}
      {count === 0 ? (
        <p class="column-empty">none</p>
      ) : (
        <VirtualList
          label={state}
          count={count}
          rowHeight_rem={CARD_HEIGHT_REM}
          scroller={scroller}
          keyOf={(index) => column.shownAt(index, stuck)?.id ?? String(index)}
          row={(index) => {
            const ous = column.shownAt(index, stuck);
            return ous && <OusCard ous={ous} index={index} isStuck={index < stuck} />;
          }}
        />
      )}
    </section>
  );
}

/** The history is not on the board: its OUSs have their own pages. */
function OlderNote() {
  const { board } = usePage();
  const older = board.older.value;
  if (older === 0) return null;
  return <p class="column-empty">{formatCount(older)} older ones are not shown</p>;
}

interface ColumnHeadProps {
  state: string;
  count: number;
  stuck: number;
}

function ColumnHead({ state, count, stuck }: ColumnHeadProps) {
  return (
    <header class="column-head">
      <h2 class="column-name">
        <StateIcon state={state} />
        <StateName state={state} />
      </h2>
      <p class="column-numbers">
        <strong class="column-count">{formatCount(count)}</strong>
        {stuck > 0 && (
          <span class="badge warn">
            <Icon name="alert" />
            {formatCount(stuck)} stuck
          </span>
        )}
      </p>
    </header>
  );
}
