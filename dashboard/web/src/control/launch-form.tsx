// Launches OUSs with UIDs that are not taken.

import { useSignal } from '@preact/signals';
import { recipes } from '../../../../mockup/core/ous/recipes.ts';
import { useControl } from './use-control.ts';

const COUNT_MAX = 200;

export function LaunchForm() {
  const control = useControl();
  const count = useSignal('1');
  const recipe = useSignal('');
  const project = useSignal('');
  if (!control) return null;
  const launch = (event: Event): void => {
    event.preventDefault();
    void control.act({
      act: 'launch',
      count: Math.min(COUNT_MAX, Math.max(1, Math.floor(Number(count.value)) || 1)),
      project: project.value.trim(),
      recipe: recipe.value || null,
    });
  };
  return (
    <section class="panel control-panel" aria-labelledby="launch-title">
      <h2 id="launch-title">Launch</h2>
      <form class="launch-form" onSubmit={launch}>
        <label>
          OUSs
          <input
            class="field"
            type="number"
            min="1"
            max={COUNT_MAX}
            value={count.value}
            onInput={({ currentTarget }) => {
              count.value = currentTarget.value;
            }}
          />
        </label>
        <label>
          Recipe
          <select
            class="field"
            value={recipe.value}
            onChange={({ currentTarget }) => {
              recipe.value = currentTarget.value;
            }}
          >
            <option value="">the batch helper's choice</option>
            {recipes.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label>
          Project
          <input
            class="field"
            type="text"
            placeholder="2015.1.00657.S"
            value={project.value}
            onInput={({ currentTarget }) => {
              project.value = currentTarget.value;
            }}
          />
        </label>
        <button type="submit" class="button act-button good" aria-disabled={control.isActing}>
          Launch
        </button>
      </form>
    </section>
  );
}
