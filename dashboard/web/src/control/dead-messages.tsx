// Messages that were given up after too many attempts: tried again, or taken away.

import { usePage } from '../connection/observatory-context.ts';
import { formatDuration } from '../format/durations.ts';
import { now } from '../model/server-clock.ts';
import { MessageButtons } from './message-buttons.tsx';

const SHOWN_MAX = 20;

export function DeadMessages() {
  const { observatory } = usePage();
  const dead = observatory.message.all().filter(({ state }) => state === 'dead');
  return (
    <section class="panel control-panel" aria-labelledby="dead-title">
      <h2 id="dead-title">
        Dead messages <span class="faint">{dead.length}</span>
      </h2>
      {dead.length === 0 && <p class="soft">None.</p>}
      <ul class="dead-list">
        {dead.slice(0, SHOWN_MAX).map((message) => (
          <li key={message.id} data-message={message.id}>
            <p>
              <strong>{message.selector}</strong> {message.what}{' '}
              <span class="faint">
                {formatDuration(
                  message.created_ms === null ? null : now.value - message.created_ms,
                )}
              </span>
            </p>
            <p class="message-error">{message.error}</p>
            <MessageButtons message={message} />
          </li>
        ))}
      </ul>
    </section>
  );
}
