// A button that brings a column of the board into sight, where there is room for one only.

import { StateIcon } from '../elements/icon.tsx';
import { formatCount } from '../format/quantities.ts';
import { stateClass } from '../look/state-look.ts';

export function StateJump({ state, count }: { state: string; count: number }) {
  return (
    <button
      type="button"
      class={`state-jump ${stateClass(state)} ${count === 0 ? 'is-empty' : ''}`}
      onClick={() => showColumn(state, 'smooth')}
      aria-label={`${state}: ${count}`}
    >
      <StateIcon state={state} />
      <strong>{formatCount(count)}</strong>
    </button>
  );
}

export function showColumn(state: string, behavior: ScrollBehavior): void {
  const column = document.querySelector(`[data-state-column="${CSS.escape(state)}"]`);
  column?.scrollIntoView({ behavior, inline: 'start', block: 'nearest' });
}
