// What the states of files mean for the eye: on the way, at the end, or in need of somebody.

import type { IconName } from '../elements/icon.tsx';

export interface LaneLook {
  kind: 'on-the-way' | 'good' | 'bad' | 'aside';
  icon: IconName;
}

const ends = ['held', 'success', 'stored'];
const troubles = ['failed', 'failure', 'unknown', 'invalid', 'aside'];
const asides = ['ignored', 'skipped', 'superseded', 'backfill'];

export function laneLook(state: string): LaneLook {
  const word = state.toLowerCase();
  if (ends.includes(word)) return { kind: 'good', icon: 'check' };
  if (troubles.includes(word)) return { kind: 'bad', icon: 'alert' };
  if (asides.includes(word)) return { kind: 'aside', icon: 'minus' };
  return { kind: 'on-the-way', icon: 'next' };
}
