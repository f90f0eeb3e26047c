// Which OUSs a person wants to see.

import type { OusSummary } from '../../../protocol/summaries.ts';

export interface OusFilter {
  /** Words, all of which must be found in UID, project, state, substate, recipe or executive. */
  text: string;
  executive: string;
  project: string;
  recipe: string;
  onlyStuck: boolean;
}

export const emptyFilter: OusFilter = {
  text: '',
  executive: '',
  project: '',
  recipe: '',
  onlyStuck: false,
};

export function isEmptyFilter(filter: OusFilter): boolean {
  const { text, executive, project, recipe, onlyStuck } = filter;
  return text.trim() === '' && !executive && !project && !recipe && !onlyStuck;
}

/** All of the filter but `onlyStuck`, which depends on the time. */
export function makeMatcher(filter: OusFilter): (ous: OusSummary) => boolean {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const { executive, project, recipe } = filter;
  return (ous) => {
    if (executive && ous.executive !== executive) return false;
    if (project && ous.progId !== project) return false;
    if (recipe && ous.recipe !== recipe) return false;
    if (words.length === 0) return true;
    const text = searchText(ous);
    return words.every((word) => text.includes(word));
  };
}

export function filterFromQuery(query: URLSearchParams): OusFilter {
  return {
    text: query.get('text') ?? '',
    executive: query.get('executive') ?? '',
    project: query.get('project') ?? '',
    recipe: query.get('recipe') ?? '',
    onlyStuck: query.get('stuck') === '1',
  };
}

export function queryOfFilter(filter: OusFilter): Record<string, string> {
  const { onlyStuck, ...texts } = filter;
  return { ...texts, stuck: onlyStuck ? '1' : '' };
}

/** Made once per summary: a filter is tried on all OUSs with each key that is pressed. */
const searchTexts = new WeakMap<OusSummary, string>();

function searchText(ous: OusSummary): string {
  const known = searchTexts.get(ous);
  if (known !== undefined) return known;
  const { uid, id, progId, state, substate, recipe, executive } = ous;
  const text = [uid, id, progId, state, substate, recipe, executive].join(' ').toLowerCase();
  searchTexts.set(ous, text);
  return text;
}
