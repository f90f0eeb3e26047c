// Messages that could not be read as a nextVisit, the newest first.

import { now } from '../connection/server-clock.ts';
import { formatNear } from '../format/moments.ts';
import { countOf } from '../format/quantities.ts';
import { usePage } from '../model/observatory-context.ts';

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
