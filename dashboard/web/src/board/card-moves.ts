// Shows a card's way from one column to the next, so that the audience sees the change and not only
// its result. While very much changes at once nothing flies: it could not be followed anyway.

import type { Observatory } from '../model/observatory.ts';

const FLIGHTS_MAX = 12;
const FLIGHT_MS = 650;
const FLASH_MS = 900;

const cards = new Map<string, HTMLElement>();
const calm = matchMedia('(prefers-reduced-motion: reduce)');

/** Returns how to forget it. */
export function registerCard(id: string, card: HTMLElement): () => void {
  cards.set(id, card);
  return () => {
    if (cards.get(id) === card) cards.delete(id);
  };
}

/** Returns how to stop. */
export function watchMoves(observatory: Observatory): () => void {
  let moves: Move[] = [];
  let changed: string[] = [];
  const show = (): void => {
    const [moved, flashed] = [moves, changed];
    moves = [];
    changed = [];
    if (moved.length <= FLIGHTS_MAX) for (const move of moved) fly(move);
    if (flashed.length <= FLIGHTS_MAX) for (const id of flashed) flash(cards.get(id));
  };
  return observatory.ous.listen({
    reset: () => {},
    change: (before, after) => {
      if (calm.matches || document.hidden || !before || !after) return;
      if (moves.length + changed.length === 0)
        requestAnimationFrame(() => requestAnimationFrame(show));
      if (before.state === after.state) changed.push(after.id);
      else if (moves.length <= FLIGHTS_MAX) moves.push(takeOff(after.id));
    },
  });
}

interface Move {
  id: string;
  /** Where its card was; undefined where it was out of sight. */
  from: DOMRect | undefined;
}

/** Called before the card is drawn at its new place. */
function takeOff(id: string): Move {
  return { id, from: cards.get(id)?.getBoundingClientRect() };
}

function fly({ id, from }: Move): void {
  const card = cards.get(id);
  if (!card || !from || from.width === 0) {
    flash(card);
    return;
  }
  const to = card.getBoundingClientRect();
  const ghost = card.cloneNode(true) as HTMLElement;
  ghost.className += ' card-in-flight';
  for (const name of ['href', 'data-ous', 'data-index', 'data-column'])
    ghost.removeAttribute(name);
  ghost.setAttribute('aria-hidden', 'true');
  Object.assign(ghost.style, {
    left: `${to.left}px`,
    top: `${to.top}px`,
    width: `${to.width}px`,
    height: `${to.height}px`,
  });
  document.body.append(ghost);
  const start = `translate(${from.left - to.left}px, ${from.top - to.top}px)`;
  const flight = ghost.animate([{ transform: start }, { transform: 'none' }], {
    duration: FLIGHT_MS,
    easing: 'cubic-bezier(.3,.7,.2,1)',
  });
  card.animate([{ opacity: 0 }, { opacity: 0 }], FLIGHT_MS);
  flight.onfinish = flight.oncancel = () => {
    ghost.remove();
    flash(cards.get(id));
  };
}

function flash(card: HTMLElement | undefined): void {
  card?.animate([{ boxShadow: '0 0 0 2px var(--state)' }, { boxShadow: '0 0 0 0 transparent' }], {
    duration: FLASH_MS,
    easing: 'ease-out',
  });
}
