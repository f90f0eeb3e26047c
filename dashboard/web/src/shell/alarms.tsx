// What is wrong with the page's own sources, since when, in words: no connection to the server, or a
// database that does not answer. It goes away by itself.

import { now, serverNow } from '../connection/server-clock.ts';
import { Icon } from '../elements/icon.tsx';
import { formatDuration } from '../format/durations.ts';
import { formatClock } from '../format/moments.ts';
import { usePage } from '../model/observatory-context.ts';

export function Alarms() {
  const { connection, observatory } = usePage();
  const { state, since_ms } = connection.status.value;
  if (state === 'lost') {
    const clockOffset = serverNow() - Date.now();
    return (
      <Alarm since_ms={since_ms + clockOffset}>
        No connection to the dashboard's server. What you see is as old as that; connecting again…
      </Alarm>
    );
  }
  const lost = observatory.feed.all().filter((feed) => feed.state === 'lost');
  const [first] = lost;
  if (!first) return null;
  const since = Math.min(...lost.map((feed) => feed.since_ms));
  const names = lost.map(({ id }) => id).sort();
  const which = names.length > 3 ? `${names.length} databases` : names.join(', ');
  return (
    <Alarm since_ms={since}>
      No answer from {which}
      {first.error ? `: ${first.error}` : ''}. What you see of it is as old as that; trying again…
    </Alarm>
  );
}

function Alarm({ since_ms, children }: { since_ms: number; children?: preact.ComponentChildren }) {
  return (
    <div class="alarm" role="alert">
      <Icon name="alert" />
      <p>
        <strong>Since {formatClock(since_ms)} UTC</strong>{' '}
        <span aria-hidden="true">({formatDuration(now.value - since_ms)})</span> {children}
      </p>
    </div>
  );
}
