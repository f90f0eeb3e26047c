// The desk of whoever presents: launch, settings of the line, links, caches, processes, dead messages,
// and what was done so far.

import { hrefOf } from '../navigation/route.ts';
import { ActList } from './act-list.tsx';
import { giveUpControl } from './control-session.ts';
import { DeadMessages } from './dead-messages.tsx';
import { LaunchForm } from './launch-form.tsx';
import { LinkPanel } from './link-panel.tsx';
import { ProcessTable } from './process-table.tsx';
import { SettingsPanel } from './settings-panel.tsx';
import { useControl } from './use-control.ts';

export function ControlView() {
  const control = useControl();
  if (!control) return <NoControl />;
  return (
    <div class="control-view">
      <header class="control-head">
        <h1>Control</h1>
        <p class="soft">
          You act as <strong>{control.by}</strong>. To assign and review, open an OUS on the{' '}
          <a href={hrefOf(['board'])}>board</a>; watch it all on the{' '}
          <a href={hrefOf(['line'])}>line</a>.
        </p>
        <button type="button" class="button" onClick={giveUpControl}>
          Give it up
        </button>
      </header>
      <div class="control-columns">
        <div class="control-column">
          <LaunchForm />
          <SettingsPanel />
          <LinkPanel />
          <DeadMessages />
        </div>
        <div class="control-column">
          <ProcessTable />
          <ActList />
        </div>
      </div>
    </div>
  );
}

function NoControl() {
  return (
    <div class="empty-note no-control">
      <h1>Control</h1>
      <p>
        This page can only look. The line was started with <code>--control</code>: the terminal
        shows an address, good for one page, by which it can be acted on.
      </p>
    </div>
  );
}
