// Starts the page: theme, clock, connection, and then what is to be seen.

import './styles/tokens.css';
import './styles/base.css';
import './styles/elements.css';
import './styles/shell.css';
import './styles/board.css';
import './styles/ous.css';
import './styles/line.css';
import './styles/files.css';
import './styles/tables.css';
import './styles/time.css';
import './styles/visits.css';
import './styles/focal-plane.css';
import './styles/control.css';
import './styles/story.css';
import './styles/inspect.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { openLiveConnection } from './connection/live-connection.ts';
import { PageContext } from './connection/observatory-context.ts';
import { takeTokenOfAddress } from './control/control-session.ts';
import { startTheme } from './look/theme.ts';
import { createBoard } from './model/board.ts';
import { watchHappenings } from './model/happenings.ts';
import { createObservatory } from './model/observatory.ts';
import { startClock } from './model/server-clock.ts';
import { startPresentation } from './story/presentation.ts';

startTheme();
startClock();
const observatory = createObservatory();
const board = createBoard(observatory);
const happenings = watchHappenings(observatory);
const connection = openLiveConnection(observatory);
startPresentation();

void takeTokenOfAddress();
addEventListener('hashchange', () => void takeTokenOfAddress());

const page = document.querySelector('#page');
if (page) {
  page.replaceChildren();
  render(
    <PageContext.Provider value={{ observatory, board, connection, happenings }}>
      <App />
    </PageContext.Provider>,
    page,
  );
}
