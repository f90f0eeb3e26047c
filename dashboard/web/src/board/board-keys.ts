// The arrow keys on the board: up and down within a column, left and right to the next column that
// has cards, Home and End to its ends. One card per column is in the order of the Tab key.

import { signal } from '@preact/signals';
import type { Observatory } from '../model/observatory.ts';

export const focusedCard = signal<{ state: string; index: number } | undefined>(undefined);

type Scroller = { current: ((index: number) => void) | undefined };

const scrollers = new Map<string, Scroller>();

export function registerScroller(state: string, scroller: Scroller): void {
  scrollers.set(state, scroller);
}

export function onBoardKey(event: KeyboardEvent): void {
  const card = (event.target as Element).closest<HTMLElement>('[data-column]');
  const column = card?.closest('[data-state-column]');
  if (!card || !column) return;
  const { column: state = '', index = '0' } = card.dataset;
  const target = targetOf(event.key, column, state, Number(index));
  if (!target) return;
  event.preventDefault();
  focusCard(target.state, target.index);
}

/**
 * Where the card that has the focus leaves its column, the focus goes with it; where it is out of
 * sight there, to the card that took its place. Returns how to stop.
 */
export function keepFocus(observatory: Observatory): () => void {
  return observatory.ous.listen({
    reset: () => {},
    change: (before, after) => {
      const card = document.activeElement;
      if (!before || !(card instanceof HTMLElement) || card.dataset.ous !== before.id) return;
      if (after?.state === before.state) return;
      const { column = '', index = '0' } = card.dataset;
      const restore = (): void => restoreFocus(before.id, column, Number(index));
      requestAnimationFrame(() => requestAnimationFrame(restore));
    },
  });
}

function restoreFocus(id: string, state: string, index: number): void {
  if (document.activeElement !== document.body) return;
  const moved = document.querySelector<HTMLElement>(`[data-ous="${CSS.escape(id)}"]`);
  const column = document.querySelector(`[data-state-column="${CSS.escape(state)}"]`);
  if (moved) moved.focus({ preventScroll: true });
  else if (column) focusCard(state, Math.max(0, Math.min(index, countIn(column) - 1)));
}

function targetOf(key: string, column: Element, state: string, index: number) {
  const last = countIn(column) - 1;
  switch (key) {
    case 'ArrowDown':
      return { state, index: Math.min(last, index + 1) };
    case 'ArrowUp':
      return { state, index: Math.max(0, index - 1) };
    case 'Home':
      return { state, index: 0 };
    case 'End':
      return { state, index: last };
    case 'ArrowRight':
      return inNeighbour(column, 'nextElementSibling');
    case 'ArrowLeft':
      return inNeighbour(column, 'previousElementSibling');
    default:
      return undefined;
  }
}

function inNeighbour(column: Element, side: 'nextElementSibling' | 'previousElementSibling') {
  let neighbour = column[side];
  while (neighbour && countIn(neighbour) === 0) neighbour = neighbour[side];
  const state = neighbour?.getAttribute('data-state-column');
  if (!neighbour || state === null || state === undefined) return undefined;
  const first = neighbour.querySelector<HTMLElement>('[data-index][tabindex="0"]');
  return { state, index: Number(first?.dataset.index ?? 0) };
}

function countIn(column: Element): number {
  return Number(column.querySelector('[aria-setsize]')?.getAttribute('aria-setsize') ?? 0);
}

function focusCard(state: string, index: number): void {
  scrollers.get(state)?.current?.(index);
  const selector = `[data-column="${CSS.escape(state)}"][data-index="${index}"]`;
  const focus = (attempts: number): void => {
    const card = document.querySelector<HTMLElement>(selector);
    if (card) card.focus({ preventScroll: true });
    // The list draws the row one or two frames after it was scrolled to.
    else if (attempts > 0) requestAnimationFrame(() => focus(attempts - 1));
  };
  focus(5);
}
