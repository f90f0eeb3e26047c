// The board: the columns with the OUSs that match the filter, and counts of all. It follows each
// change of an OUS; only a new filter or snapshot looks at all of them again.

import {
  batch,
  computed,
  effect,
  type ReadonlySignal,
  type Signal,
  signal,
  untracked,
} from '@preact/signals';
import type { OusSummary } from '../../../protocol/summaries.ts';
import type { Observatory } from './observatory.ts';
import { isOptional } from './optional-states.ts';
import { emptyFilter, makeMatcher, type OusFilter } from './ous-filter.ts';
import { now } from './server-clock.ts';
import { StateColumn } from './state-column.ts';

export interface Board {
  filter: Signal<OusFilter>;
  /** In the order of the states; unknown states of OUSs at the end. */
  columns: ReadonlySignal<StateColumn[]>;
  /** As `columns`, without regard to the filter. */
  totals: ReadonlySignal<StateColumn[]>;
  projects: ReadonlySignal<string[]>;
  recipes: ReadonlySignal<string[]>;
  /** How long an OUS may be in this state; Infinity: as long as it likes. */
  limitOf(state: string): number;
  /** How many in this column are stuck at this moment. */
  stuckIn(column: StateColumn): number;
  /** How many cards this column shows: all of it, or what is stuck where only that is wanted. */
  countIn(column: StateColumn): number;
  isStuck(ous: OusSummary): boolean;
  /** Delivered OUSs that the server knows of and does not show. */
  older: ReadonlySignal<number>;
}

export function createBoard(observatory: Observatory): Board {
  const filter = signal<OusFilter>(emptyFilter);
  const shown = new ColumnSet(observatory);
  const total = new ColumnSet(observatory);
  const projects = createTally(observatory, ({ progId }) => progId);
  const recipes = createTally(observatory, ({ recipe }) => recipe);
  effect(() => {
    const matches = makeMatcher(filter.value);
    untracked(() => shown.use(matches));
  });
  total.use(() => true);

  const limitOf = (state: string): number => {
    const limit_s = observatory.config.value?.stuckAfter_s[state];
    return typeof limit_s === 'number' ? limit_s * 1000 : Number.POSITIVE_INFINITY;
  };
  const stuckIn = (column: StateColumn): number => {
    column.version.value;
    const limit_ms = limitOf(column.state);
    return Number.isFinite(limit_ms) ? column.countBefore(now.value - limit_ms) : 0;
  };
  const older = computed(() => {
    observatory.ous.version.value;
    const known = observatory.feed.watch('status-entities')?.documents ?? 0;
    return Math.max(0, known - observatory.ous.size);
  });
  return {
    older,
    filter,
    columns: shown.visible,
    totals: total.visible,
    projects,
    recipes,
    limitOf,
    stuckIn,
    countIn: (column) => {
      column.version.value;
      return filter.value.onlyStuck ? stuckIn(column) : column.size;
    },
    isStuck: ({ state, since_ms }) => (since_ms ?? 0) < now.value - limitOf(state),
  };
}

class ColumnSet {
  readonly visible: ReadonlySignal<StateColumn[]>;
  readonly #observatory: Observatory;
  readonly #columns = signal(new Map<string, StateColumn>());
  #matches: (ous: OusSummary) => boolean = () => true;

  constructor(observatory: Observatory) {
    this.#observatory = observatory;
    this.visible = computed(() => this.#ordered());
    observatory.ous.listen({
      reset: () => this.#fill(),
      change: (before, after) => this.#change(before, after),
    });
  }

  use(matches: (ous: OusSummary) => boolean): void {
    this.#matches = matches;
    this.#fill();
  }

  #ordered(): StateColumn[] {
    const columns = this.#columns.value;
    const states = this.#observatory.config.value?.states ?? [];
    const known = states.flatMap((state) => {
      const column = columns.get(state);
      if (!column || !isOptional(state)) return column ?? [];
      column.version.value;
      return column.size > 0 ? column : [];
    });
    const others = [...columns.values()].filter(({ state }) => !states.includes(state));
    for (const { version } of others) version.value;
    return [...known, ...others.filter(({ size }) => size > 0)];
  }

  #fill(): void {
    const byState = new Map<string, OusSummary[]>();
    for (const ous of this.#observatory.ous.values()) {
      if (!this.#matches(ous)) continue;
      const ouss = byState.get(ous.state);
      if (ouss) ouss.push(ous);
      else byState.set(ous.state, [ous]);
    }
    const states = this.#observatory.config.peek()?.states ?? [];
    batch(() => {
      for (const state of [...states, ...byState.keys()]) this.#columnOf(state);
      for (const [state, column] of this.#columns.peek()) {
        column.replaceAll(byState.get(state) ?? []);
      }
    });
  }

  #change(before: OusSummary | undefined, after: OusSummary | undefined): void {
    batch(() => {
      if (before && this.#matches(before)) this.#columnOf(before.state).remove(before);
      if (after && this.#matches(after)) this.#columnOf(after.state).insert(after);
    });
  }

  #columnOf(state: string): StateColumn {
    const columns = this.#columns.peek();
    const existing = columns.get(state);
    if (existing) return existing;
    const column = new StateColumn(state);
    columns.set(state, column);
    this.#columns.value = new Map(columns);
    return column;
  }
}

/** The different values of a property, sorted; new ones appear, gone ones stay until a snapshot. */
function createTally(
  observatory: Observatory,
  propertyOf: (ous: OusSummary) => string | null,
): ReadonlySignal<string[]> {
  const values = signal<string[]>([]);
  const take = (found: Set<string>): void => {
    values.value = [...found].sort();
  };
  observatory.ous.listen({
    reset: () => {
      const found = new Set<string>();
      for (const ous of observatory.ous.values()) {
        const value = propertyOf(ous);
        if (value) found.add(value);
      }
      take(found);
    },
    change: (_, after) => {
      const value = after && propertyOf(after);
      if (value && !values.peek().includes(value)) take(new Set([...values.peek(), value]));
    },
  });
  return values;
}
