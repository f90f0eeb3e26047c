// What was done at this dashboard, newest first.

import { usePage } from '../connection/observatory-context.ts';
import { formatClock } from '../format/moments.ts';

const SHOWN_MAX = 30;

export function ActList() {
  const { observatory } = usePage();
  const acts = observatory.act.all().slice(-SHOWN_MAX).reverse();
  return (
    <section class="panel control-panel" aria-labelledby="acts-title">
      <h2 id="acts-title">On record</h2>
      {acts.length === 0 && <p class="soft">Nothing was done yet.</p>}
      <ol class="act-list">
        {acts.map(({ id, time_ms, by, what, refused }) => (
          <li key={id} class={refused === null ? '' : 'is-refused'}>
            <time>{formatClock(time_ms)}</time> <span class="faint">{by}</span> {what}
            {refused !== null && <span class="message-error"> refused: {refused}</span>}
          </li>
        ))}
      </ol>
    </section>
  );
}
