// A button that brings a column of the board into sight, where there is room for one only.

import { StateIcon } from '../elements/icon.tsx';
import { formatCount } from '../format/quantities.ts';
import { stateClass } from '../look/state-look.ts';

export function StateJump({ state, count }: { state: string; count: number }) {
  const jump = (): void => {
    const column = document.querySelector(`[data-state-column="${CSS.escape(state)}"]`);
    column?.scrollIntoView({ behavior: 'smooth', inline: 'start', block: 'nearest' });
  };
  return (
    <button
      type="button"
      class={`state-jump ${stateClass(state)} ${count === 0 ? 'is-empty' : ''}`}
      onClick={jump}
      aria-label={`${state}: ${count}`}
    >
      <StateIcon state={state} />
      <strong>{formatCount(count)}</strong>
    </button>
  );
}
