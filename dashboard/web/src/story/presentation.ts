// Presentation mode: big type, no filters, the whole screen. Kept in the address of nothing: who
// loads the page again has the ordinary one.

import { effect, signal } from '@preact/signals';

export const isPresenting = signal(false);

export function startPresentation(): void {
  effect(() => {
    document.documentElement.toggleAttribute('data-presenting', isPresenting.value);
  });
  // Whoever leaves the whole screen by Escape leaves the mode too.
  document.addEventListener('fullscreenchange', () => {
    if (!document.fullscreenElement) isPresenting.value = false;
  });
}

export function switchPresentation(): void {
  isPresenting.value = !isPresenting.value;
  const { documentElement, fullscreenElement } = document;
  // A browser may refuse; big type is still of use.
  if (isPresenting.value) void documentElement.requestFullscreen?.().catch(() => {});
  else if (fullscreenElement) void document.exitFullscreen();
}
