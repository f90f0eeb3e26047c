// What a person sees of a list that changes: the items that match what was typed, and the
// highlighted one. The highlight stays on its item; where that has left the list, nothing is
// highlighted until the person moves, so that Enter never takes another item than the one seen.

import type { ListItem } from './operator-console.ts';

export interface ListView {
  matches: ListItem[];
  /** Undefined where nothing is highlighted. */
  active: ListItem | undefined;
  /** Where the highlight is, or was before its item left. */
  index: number;
}

/** `activeValue`: undefined at first and after a new search, then the first match is taken. */
export function viewList(
  items: readonly ListItem[],
  term: string,
  activeValue: string | undefined,
  lastIndex: number,
): ListView {
  const matches = matchingItems(items, term);
  const found = matches.findIndex(({ value }) => value === activeValue);
  if (found >= 0) return { matches, active: matches[found], index: found };
  if (activeValue === undefined) return { matches, active: matches[0], index: 0 };
  const index = Math.max(0, Math.min(lastIndex, matches.length - 1));
  return { matches, active: undefined, index };
}

/** Each typed word must be in the value or the description, in any case. */
export function matchingItems(items: readonly ListItem[], term: string): ListItem[] {
  const words = term.toLowerCase().split(/\s+/).filter(Boolean);
  return items.filter(({ value, description }) => {
    const text = `${value} ${description ?? ''}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Where the highlight goes by `step` items; stays inside the list. */
export function movedIndex({ matches, active, index }: ListView, step: number): number {
  // Without a highlight, the item that moved up into the gap is the next one.
  const from = active === undefined && step > 0 ? index - 1 : index;
  return Math.max(0, Math.min(from + step, matches.length - 1));
}

/** What Enter gives: a value typed in full, the highlighted item, or a pasted unknown value. */
export function chosenValue(
  items: readonly ListItem[],
  view: ListView,
  term: string,
): string | undefined {
  const typed = term.trim();
  if (items.some(({ value }) => value === typed)) return typed;
  if (view.matches.length > 0) return view.active?.value;
  return typed === '' ? undefined : typed;
}
