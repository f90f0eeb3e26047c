// Filters that a person keeps in this browser, by name.

import { signal } from '@preact/signals';
import { Icon } from '../elements/icon.tsx';
import { isEmptyFilter, type OusFilter, queryOfFilter } from '../model/ous-filter.ts';
import { replaceQuery } from '../navigation/route.ts';

interface SavedFilter {
  name: string;
  query: Record<string, string>;
}

const KEPT_AS = 'draws-filters';
const KEPT_MAX = 30;
const NAME_LENGTH = 60;

const saved = signal<readonly SavedFilter[]>(readSaved());

export function SavedFilters({ filter }: { filter: OusFilter }) {
  const choose = (name: string): void => {
    const found = saved.peek().find((one) => one.name === name);
    if (found) replaceQuery(found.query);
  };
  const query = queryOfFilter(filter);
  const current = saved.value.find((one) => isSame(one.query, query));
  return (
    <>
      {saved.value.length > 0 && (
        <label>
          <span class="visually-hidden">Saved filters</span>
          <select
            class="field"
            value={current?.name ?? ''}
            onChange={({ currentTarget }) => choose(currentTarget.value)}
          >
            <option value="">Saved filters</option>
            {saved.value.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
      <button
        type="button"
        class="button icon-only save-filter"
        disabled={isEmptyFilter(filter)}
        aria-label={current ? 'Forget this filter' : 'Save this filter'}
        title={current ? 'Forget this filter' : 'Save this filter'}
        aria-pressed={current !== undefined}
        onClick={() => (current ? forget(current.name) : save(query))}
      >
        <Icon name="save" />
      </button>
    </>
  );
}

function save(query: Record<string, string>): void {
  const name = nameOf(query);
  keep([{ name, query }, ...saved.peek().filter((one) => one.name !== name)].slice(0, KEPT_MAX));
}

function forget(name: string): void {
  keep(saved.peek().filter((one) => one.name !== name));
}

function nameOf(query: Record<string, string>): string {
  const { stuck, ...texts } = query;
  const words = [...Object.values(texts), stuck ? 'stuck' : ''].filter(Boolean);
  return words.join(' ').slice(0, NAME_LENGTH);
}

function isSame(one: Record<string, string>, other: Record<string, string>): boolean {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every(
    (key) => (one[key] ?? '') === (other[key] ?? ''),
  );
}

function keep(filters: readonly SavedFilter[]): void {
  saved.value = filters;
  try {
    localStorage.setItem(KEPT_AS, JSON.stringify(filters));
  } catch {
    // Until the page is loaded again.
  }
}

function readSaved(): SavedFilter[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT_AS) ?? '[]');
    return Array.isArray(kept) ? kept.filter(isSaved) : [];
  } catch {
    return [];
  }
}

function isSaved(value: unknown): value is SavedFilter {
  const { name, query } = (value ?? {}) as Partial<SavedFilter>;
  return typeof name === 'string' && typeof query === 'object' && query !== null;
}
