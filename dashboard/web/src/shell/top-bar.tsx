// The bar at the top: whose dashboard this is, the views, whether it is live, and light or dark.

import { usePage } from '../connection/observatory-context.ts';
import { Icon } from '../elements/icon.tsx';
import { formatClock } from '../format/moments.ts';
import { currentTheme, switchTheme } from '../look/theme.ts';
import { now } from '../model/server-clock.ts';
import { hrefOf, route } from '../navigation/route.ts';
import { viewsOf } from '../navigation/views.ts';
import { StoryButtons } from '../story/story-buttons.tsx';
import { isAway } from './alarms.tsx';

export function TopBar() {
  const { observatory } = usePage();
  return (
    <header class="top-bar">
      <div class="brand">
        <img src="./icon.svg" alt="" width="32" height="32" />
        <span class="brand-name">DRAWS</span>
        <SiteName />
      </div>
      <nav class="views" aria-label="Views">
        {viewsOf(observatory).map(({ name, title, icon }) => (
          <a
            key={name}
            href={hrefOf([name])}
            class="view-link"
            aria-current={currentView() === name ? 'page' : undefined}
          >
            <Icon name={icon} />
            <span>{title}</span>
          </a>
        ))}
      </nav>
      <div class="top-bar-end">
        <LiveState />
        <Clock />
        <SearchLink />
        <StoryButtons />
        <ThemeButton />
      </div>
    </header>
  );
}

function currentView(): string {
  const [view = 'board'] = route.value.path;
  return view === 'ous' ? 'board' : view;
}

function SiteName() {
  const { observatory } = usePage();
  const site = observatory.config.value?.site;
  return site ? <span class="site-name">{site}</span> : null;
}

function LiveState() {
  const { connection, observatory } = usePage();
  const { state } = connection.status.value;
  const isDegraded = observatory.feed.all().some(isAway);
  const [kind, word] = connection.paused.value
    ? ['warn', 'paused']
    : state === 'lost'
      ? ['bad', 'disconnected']
      : state === 'connecting'
        ? ['', 'connecting']
        : isDegraded
          ? ['bad', 'database lost']
          : ['good', 'live'];
  return (
    <span class={`live-state ${kind}`} role="status">
      <span class="live-dot" aria-hidden="true" />
      {word}
    </span>
  );
}

function SearchLink() {
  return (
    <a
      class="button icon-only"
      href={hrefOf(['search'])}
      aria-label="Search everything"
      aria-keyshortcuts="s"
      title="Search everything (s)"
      data-page-key="s"
    >
      <Icon name="search" />
    </a>
  );
}

function Clock() {
  return (
    <time class="clock" title="Time of the dashboard's server, UTC">
      {formatClock(now.value)} <span class="faint">UTC</span>
    </time>
  );
}

function ThemeButton() {
  const other = currentTheme() === 'dark' ? 'light' : 'dark';
  return (
    <button
      type="button"
      class="button icon-only"
      onClick={switchTheme}
      aria-label={`Switch to ${other} colours`}
      title={`Switch to ${other} colours`}
    >
      <Icon name={other === 'light' ? 'sun' : 'moon'} />
    </button>
  );
}
