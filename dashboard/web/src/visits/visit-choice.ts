// What of the visits is looked at: camera, visit and detector, all of it in the address. Without a
// visit in the address it is always the newest one.

import type { VisitGroup } from '../model/visit-groups.ts';
import { replaceQuery, route } from '../navigation/route.ts';

export interface VisitChoice {
  instrument: string | undefined;
  group: VisitGroup | undefined;
  /** It changes by itself when the next visit is announced. */
  isNewest: boolean;
  detector: number | undefined;
  /** Whose visits are listed. */
  worker: string | undefined;
}

export function visitChoice(groups: readonly VisitGroup[]): VisitChoice {
  const { query } = route.value;
  const wanted = query.get('instrument');
  const instrument = groups.some((one) => one.instrument === wanted)
    ? (wanted ?? undefined)
    : largest(groups)?.instrument;
  const own = groups.filter((one) => one.instrument === instrument);
  const chosen = own.find(({ name }) => name === query.get('group'));
  const detector = query.get('detector') ?? '';
  return {
    instrument,
    group: chosen ?? own[0],
    isNewest: chosen === undefined,
    worker: query.get('worker') || undefined,
    detector: /^\d{1,5}$/.test(detector) ? Number(detector) : undefined,
  };
}

/** Of several cameras that one with most detectors, so that the page does not go to and fro. */
function largest(groups: readonly VisitGroup[]): VisitGroup | undefined {
  return groups.toSorted((one, other) => other.visits.size - one.visits.size)[0];
}

/** An empty text takes it out of the address. */
export function choose(
  change: Partial<Record<'instrument' | 'group' | 'detector' | 'worker', string>>,
): void {
  replaceQuery({ ...Object.fromEntries(route.peek().query), ...change });
}
