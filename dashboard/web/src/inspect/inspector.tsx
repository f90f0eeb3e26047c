// Beside the picture of the line: what is known of the part that was pressed, and what can be done.

import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../elements/icon.tsx';
import { ActorDetails } from './actor-details.tsx';
import { endInspection, type Inspected, inspected } from './inspected.ts';
import { QueueDetails } from './queue-details.tsx';
import { ReplicationDetails } from './replication-details.tsx';

export function Inspector() {
  const shown = inspected();
  return shown ? <Open key={`${shown.kind} ${shown.id}`} shown={shown} /> : null;
}

function Open({ shown }: { shown: Inspected }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <aside
      class="inspector panel"
      aria-labelledby="inspector-title"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        endInspection();
      }}
    >
      <header class="inspector-head">
        <h2 id="inspector-title" ref={title} tabIndex={-1}>
          {shown.kind === 'replication' ? 'Replication' : shown.id}
        </h2>
        <button type="button" class="button icon-only" aria-label="Close" onClick={endInspection}>
          <Icon name="close" />
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by the keyboard too. */}
      <section class="inspector-body" tabIndex={0} aria-labelledby="inspector-title">
        {shown.kind === 'actor' && <ActorDetails id={shown.id} />}
        {shown.kind === 'queue' && <QueueDetails id={shown.id} />}
        {shown.kind === 'replication' && <ReplicationDetails id={shown.id} />}
      </section>
    </aside>
  );
}
