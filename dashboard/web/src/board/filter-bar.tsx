// What the board shows: by text, executive, project, recipe, or only what is stuck. The filter is
// part of the address.

import { usePage } from '../connection/observatory-context.ts';
import { Icon } from '../elements/icon.tsx';
import { emptyFilter, isEmptyFilter, type OusFilter, queryOfFilter } from '../model/ous-filter.ts';
import { replaceQuery } from '../navigation/route.ts';
import { SavedFilters } from './saved-filters.tsx';

function setFilter(filter: OusFilter): void {
  replaceQuery(queryOfFilter(filter));
}

export function FilterBar() {
  const { board } = usePage();
  const filter = board.filter.value;
  const change = (part: Partial<OusFilter>): void => setFilter({ ...filter, ...part });
  return (
    <search class="filter-bar">
      <label class="search-field">
        <Icon name="search" />
        <span class="visually-hidden">Filter by text</span>
        <input
          type="search"
          class="field"
          placeholder="UID, project, substate…"
          value={filter.text}
          onInput={({ currentTarget }) => change({ text: currentTarget.value })}
        />
      </label>
      <ExecutiveChoice value={filter.executive} onChoose={(executive) => change({ executive })} />
      <Choice
        label="Project"
        all="All projects"
        value={filter.project}
        options={board.projects.value}
        onChoose={(project) => change({ project })}
      />
      <Choice
        label="Recipe"
        all="All recipes"
        value={filter.recipe}
        options={board.recipes.value}
        onChoose={(recipe) => change({ recipe })}
      />
      <button
        type="button"
        class="button"
        aria-pressed={filter.onlyStuck}
        onClick={() => change({ onlyStuck: !filter.onlyStuck })}
      >
        <Icon name="alert" />
        Only stuck
      </button>
      <button
        type="button"
        class="button clear-filter"
        disabled={isEmptyFilter(filter)}
        onClick={() => setFilter(emptyFilter)}
      >
        <Icon name="close" />
        Clear
      </button>
      <SavedFilters filter={filter} />
    </search>
  );
}

interface ChoiceProps {
  value: string;
  onChoose(value: string): void;
}

function ExecutiveChoice({ value, onChoose }: ChoiceProps) {
  const { observatory } = usePage();
  const sites = observatory.config.value?.sites ?? [];
  return (
    <fieldset class="segments">
      <legend class="visually-hidden">Executive</legend>
      {['', ...sites].map((site) => (
        <button
          key={site}
          type="button"
          class="button"
          aria-pressed={value === site}
          onClick={() => onChoose(site)}
        >
          {site || 'All'}
        </button>
      ))}
    </fieldset>
  );
}

interface OptionsProps extends ChoiceProps {
  label: string;
  all: string;
  options: readonly string[];
}

function Choice({ label, all, value, options, onChoose }: OptionsProps) {
  const shown = value && !options.includes(value) ? [value, ...options] : options;
  return (
    <label>
      <span class="visually-hidden">{label}</span>
      <select
        class="field"
        value={value}
        onChange={({ currentTarget }) => onChoose(currentTarget.value)}
      >
        <option value="">{all}</option>
        {shown.map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    </label>
  );
}
