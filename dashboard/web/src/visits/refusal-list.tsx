// Messages that could not be read as a nextVisit, the newest first.

import { usePage } from '../connection/observatory-context.ts';
import { formatNear } from '../format/moments.ts';
import { countOf } from '../format/quantities.ts';
import { now } from '../model/server-clock.ts';

export function RefusalList() {
  const { observatory } = usePage();
  const refusals = observatory.refusal
    .all()
    .sort((one, other) => (other.time_ms ?? 0) - (one.time_ms ?? 0));
  if (refusals.length === 0) return null;
  return (
    <section class="panel refusals" aria-label="Refused messages">
      <h2>{countOf(refusals.length, 'refused message')}</h2>
      <ul>
        {refusals.map(({ id, time_ms, reason, shown }) => (
          <li key={id}>
            <time>{formatNear(time_ms, now.value)}</time>
            <strong>{reason}</strong>
            <code class="mono">{shown}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}
