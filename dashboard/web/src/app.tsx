// The frame of the page: the bar at the top, what is wrong, and the view that the address names.

import { useEffect } from 'preact/hooks';
import { BoardView } from './board/board-view.tsx';
import { usePage } from './connection/observatory-context.ts';
import { ActNotice } from './control/act-notice.tsx';
import { ControlView } from './control/control-view.tsx';
import { FilesView } from './files/files-view.tsx';
import { LineView } from './line/line-view.tsx';
import { route } from './navigation/route.ts';
import { skipToView, useViewFocus } from './navigation/view-focus.ts';
import { useViewKeys } from './navigation/view-keys.ts';
import { OusView } from './ous/ous-view.tsx';
import { SearchView } from './search/search-view.tsx';
import { Alarms } from './shell/alarms.tsx';
import { NoSuchView } from './shell/no-such-view.tsx';
import { TopBar } from './shell/top-bar.tsx';
import { KeyHelp } from './story/key-help.tsx';
import { Ticker } from './story/ticker.tsx';
import { TourPanel } from './story/tour-panel.tsx';
import { TablesView } from './tables/tables-view.tsx';
import { TimeView } from './time/time-view.tsx';
import { VisitsView } from './visits/visits-view.tsx';

export function App() {
  useViewKeys();
  useViewFocus();
  useEffect(() => route.subscribe(({ path }) => nameDocument(path)), []);
  return (
    <div class="app">
      <button type="button" class="skip-link" onClick={skipToView}>
        Skip to the view
      </button>
      <TopBar />
      <Alarms />
      <ActNotice />
      <main id="view" class="view" tabIndex={-1}>
        <CurrentView />
      </main>
      <TourPanel />
      <Ticker />
      <KeyHelp />
    </div>
  );
}

function CurrentView() {
  const { observatory } = usePage();
  const [view, part = ''] = route.value.path;
  if (!observatory.config.value) return <p class="empty-note">Waiting for the server…</p>;
  switch (view) {
    case 'ous':
      return <OusView key={part} id={part} />;
    case 'line':
      return <LineView />;
    case 'files':
      return <FilesView />;
    case 'tables':
      return <TablesView name={part} />;
    case 'visits':
      return <VisitsView />;
    case 'time':
      return <TimeView />;
    case 'search':
      return <SearchView />;
    case 'control':
      return observatory.config.value.control ? <ControlView /> : <NoSuchView name={view} />;
    case 'board':
    case undefined:
      return <BoardView />;
    default:
      return <NoSuchView name={view} />;
  }
}

function nameDocument([view = 'board', part = '']: readonly string[]): void {
  const name = view === 'ous' ? part : view;
  document.title = `${name} · DRAWS dashboard`;
}
