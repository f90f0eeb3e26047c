// Light or dark: as the system says until a person chooses, and then as they chose.

import { effect, signal } from '@preact/signals';

export type Theme = 'light' | 'dark';

const STORED = 'draws-theme';
const systemIsLight = matchMedia('(prefers-color-scheme: light)');

const chosen = signal<Theme | undefined>(readChoice());
const system = signal<Theme>(systemIsLight.matches ? 'light' : 'dark');

export function currentTheme(): Theme {
  return chosen.value ?? system.value;
}

export function switchTheme(): void {
  chosen.value = currentTheme() === 'dark' ? 'light' : 'dark';
  try {
    localStorage.setItem(STORED, chosen.value);
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
}

export function startTheme(): void {
  systemIsLight.addEventListener('change', ({ matches }) => {
    system.value = matches ? 'light' : 'dark';
  });
  effect(() => {
    document.documentElement.dataset.theme = currentTheme();
  });
}

function readChoice(): Theme | undefined {
  try {
    const stored = localStorage.getItem(STORED);
    return stored === 'light' || stored === 'dark' ? stored : undefined;
  } catch {
    return undefined;
  }
}
