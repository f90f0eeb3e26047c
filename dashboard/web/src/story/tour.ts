// The guided tour: which OUS it follows.

import { signal } from '@preact/signals';
import type { OusSummary } from '../../../protocol/summaries.ts';
import type { Observatory } from '../model/observatory.ts';
import { captionOf } from './captions.ts';

/** Id of the OUS that is followed; undefined: no tour. `''`: the next that sets out. */
export const toured = signal<string | undefined>(undefined);

export function startTour(observatory: Observatory, id?: string): void {
  toured.value = id ?? newestUnderWay(observatory)?.id ?? '';
}

export function endTour(): void {
  toured.value = undefined;
}

/** On the picture: the actor that has to do with the OUS now. */
export function touredActor(observatory: Observatory): string | undefined {
  const id = toured.value;
  const ous = id ? observatory.ous.watch(id) : undefined;
  return ous && captionOf(ous).actor;
}

/** The one that changed last of those that have a way before them. */
export function newestUnderWay(observatory: Observatory): OusSummary | undefined {
  let newest: OusSummary | undefined;
  for (const ous of observatory.ous.values()) {
    if (ous.state === 'Delivered' || ous.state === 'FullyObserved') continue;
    if ((ous.changed_ms ?? 0) >= (newest?.changed_ms ?? 0)) newest = ous;
  }
  return newest;
}
