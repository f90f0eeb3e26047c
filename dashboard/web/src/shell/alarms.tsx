// What is wrong with the page's own sources, since when, in words: no connection to the server, or a
// database that does not answer. It goes away by itself.

import type { FeedSummary } from '../../../protocol/summaries.ts';
import { usePage } from '../connection/observatory-context.ts';
import { Icon } from '../elements/icon.tsx';
import { formatDuration } from '../format/durations.ts';
import { formatClock } from '../format/moments.ts';
import { now, serverNow } from '../model/server-clock.ts';
import { route } from '../navigation/route.ts';

/** Views of databases that have nothing to do with the workflow's. */
const DO_WITHOUT: readonly string[] = ['files', 'visits'];

export function Alarms() {
  const { connection, observatory } = usePage();
  const { state, since_ms } = connection.status.value;
  if (state === 'lost') {
    const clockOffset = serverNow() - Date.now();
    return (
      <Alarm what="No connection to the dashboard's server" since_ms={since_ms + clockOffset}>
        What you see is as old as that; connecting again…
      </Alarm>
    );
  }
  const feeds = observatory.feed.all();
  return (
    <>
      <Away feeds={feeds.filter((feed) => feed.state === 'gone')} isGone />
      <Away feeds={feeds.filter((feed) => feed.state === 'lost')} />
      <Absent feeds={feeds.filter((feed) => feed.state === 'absent')} />
    </>
  );
}

/** True where what is shown of a database is not what it is now. */
export function isAway({ state }: FeedSummary): boolean {
  return state === 'lost' || state === 'gone';
}

function Away({ feeds, isGone = false }: { feeds: readonly FeedSummary[]; isGone?: boolean }) {
  const { observatory } = usePage();
  const site = observatory.config.value?.site;
  const whose = site ? `${site}'s database` : 'The database';
  const [first] = feeds;
  if (!first) return null;
  return (
    <Alarm
      what={isGone ? `Deleted at ${site ?? 'this site'}` : `${whose} is away`}
      since_ms={Math.min(...feeds.map((feed) => feed.since_ms))}
    >
      What you see of {namesOf(feeds)} is as old as that; trying again…
      {first.error && <span class="alarm-detail"> {first.error}</span>}
    </Alarm>
  );
}

/** A site may do without some; then it is good to know why a view is empty. */
function Absent({ feeds }: { feeds: readonly FeedSummary[] }) {
  if (feeds.length === 0 || DO_WITHOUT.includes(route.value.path[0] ?? '')) return null;
  return (
    <p class="absent-note" role="status">
      This site has no {feeds.length === 1 ? 'database' : 'databases'} {namesOf(feeds)}
      {feeds[0]?.error ? `: ${feeds[0].error}` : '.'}
    </p>
  );
}

/** In the order of the server: what the board shows comes first. */
function namesOf(feeds: readonly FeedSummary[]): string {
  const names = feeds.map(({ id }) => id);
  return names.length > 3
    ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`
    : names.join(', ');
}

interface AlarmProps {
  what: string;
  since_ms: number;
  children?: preact.ComponentChildren;
}

function Alarm({ what, since_ms, children }: AlarmProps) {
  return (
    <div class="alarm" role="alert">
      <Icon name="alert" />
      <p>
        <strong>
          {what} since {formatClock(since_ms)} UTC
        </strong>{' '}
        <span aria-hidden="true">({formatDuration(now.value - since_ms)})</span> {children}
      </p>
    </div>
  );
}
