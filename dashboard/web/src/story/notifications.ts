// Notifications of the system for what went wrong, where the person asked for them.

import { signal } from '@preact/signals';
import type { Happening } from '../model/happenings.ts';

const KEPT_AS = 'draws-notify';

export const wantsNotifications = signal(isWanted());

export async function switchNotifications(): Promise<void> {
  const isGranted =
    !wantsNotifications.value && (await Notification.requestPermission()) === 'granted';
  wantsNotifications.value = isGranted;
  try {
    localStorage.setItem(KEPT_AS, isGranted ? 'yes' : 'no');
  } catch {
    // Until the page is loaded again.
  }
}

/** Whoever looks at the page sees it there. */
export function notifyOf({ kind, text }: Happening): void {
  if (kind !== 'bad' || !wantsNotifications.peek() || document.visibilityState === 'visible')
    return;
  new Notification('DRAWS', { body: text, tag: text });
}

function isWanted(): boolean {
  try {
    return localStorage.getItem(KEPT_AS) === 'yes' && Notification.permission === 'granted';
  } catch {
    return false;
  }
}
