// Where there is room for one column only, the board opens at the first that holds something.

import type { Observatory } from '../model/observatory.ts';
import { showColumn } from './state-jump.tsx';

const narrow = matchMedia('(max-width: 640px)');

/** Returns how to stop waiting for the first OUSs. */
export function showFirstCards(observatory: Observatory): () => void {
  if (!narrow.matches) return () => {};
  let forget: (() => void) | undefined;
  const show = (): void => {
    if (observatory.ous.size === 0) return;
    forget?.();
    requestAnimationFrame(() => {
      const state = document.querySelector<HTMLElement>('.column:not(.is-empty)')?.dataset;
      if (state?.stateColumn) showColumn(state.stateColumn, 'instant');
    });
  };
  forget = observatory.ous.listen({ reset: show, change: show });
  show();
  return forget;
}
