// Keys that work everywhere: 1 to 6 for the views, `/` for the search field, Escape back from an OUS.

import { useEffect } from 'preact/hooks';
import { usePage } from '../connection/observatory-context.ts';
import type { Observatory } from '../model/observatory.ts';
import { goBack, goTo, hrefOf, route } from './route.ts';
import { viewsOf } from './views.ts';

export function useViewKeys(): void {
  const { observatory } = usePage();
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => takeKey(event, observatory);
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

function takeKey(event: KeyboardEvent, observatory: Observatory): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event.target)) return;
  if (pressShortcut(event)) return;
  const view = viewsOf(observatory)[Number(event.key) - 1];
  if (view) goTo(hrefOf([view.name]));
  else if (event.key === '/') focusSearch(event);
  else if (event.key === 'ArrowDown') focusFirstCard(event);
  else if (event.key === 'Escape' && route.peek().path[0] === 'ous') goBack(hrefOf(['board']));
}

/** A button of the view that names this key. */
function pressShortcut(event: KeyboardEvent): boolean {
  const key = CSS.escape(event.key);
  const ofView = document.querySelector<HTMLElement>(`[data-shortcut="${key}"]:not(:disabled)`);
  const isSpaceOfButton = event.key === ' ' && isPressable(event.target);
  const ofPage = isSpaceOfButton
    ? null
    : document.querySelector<HTMLElement>(`[data-page-key="${key}"]`);
  const pressed = ofView ?? ofPage;
  if (!pressed || event.repeat || document.querySelector('dialog[open]')) return false;
  event.preventDefault();
  ofView?.focus();
  pressed.click();
  return true;
}

/** From nowhere in particular; within the board the arrows have their own meaning. */
function focusFirstCard(event: KeyboardEvent): void {
  const { activeElement, body } = document;
  const isNowhere =
    activeElement === null || activeElement === body || activeElement.id === 'view';
  const card = isNowhere ? document.querySelector<HTMLElement>('.card') : null;
  if (!card) return;
  event.preventDefault();
  card.focus();
}

function focusSearch(event: KeyboardEvent): void {
  const field = document.querySelector<HTMLInputElement>('input[type="search"]');
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
}

/** Space presses what has the focus, or scrolls what can be scrolled. */
function isPressable(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  return target.closest('button, a, summary, [role="button"], [tabindex="0"]') !== null;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
}
