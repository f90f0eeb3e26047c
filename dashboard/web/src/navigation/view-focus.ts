// Where the focus is after the view has changed: whoever came by a link that is no more there, such
// as a card of the board, goes on at the beginning of the new view, and a screen reader reads it.

import { effect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { route } from './route.ts';

/** On the board to its first card: the filters before it are many. */
export function skipToView(): void {
  const card = document.querySelector<HTMLElement>('.card');
  if (card) card.focus();
  else focusView();
}

export function focusView(): void {
  document.querySelector<HTMLElement>('#view')?.focus({ preventScroll: true });
}

export function useViewFocus(): void {
  useEffect(() => {
    let shown: string | undefined;
    return effect(() => {
      const view = route.value.path.join('/');
      const isOther = shown !== undefined && shown !== view;
      shown = view;
      if (isOther) requestAnimationFrame(() => requestAnimationFrame(takeLostFocus));
    });
  }, []);
}

/** What has the focus keeps it. */
function takeLostFocus(): void {
  if (document.activeElement === null || document.activeElement === document.body) focusView();
}
