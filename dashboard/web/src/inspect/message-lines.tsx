// Messages in a line each, with what can be done to those that are dead.

import type { MessageSummary } from '../../../protocol/summaries.ts';
import { MessageButtons } from '../control/message-buttons.tsx';
import { formatDuration } from '../format/durations.ts';
import { now } from '../model/server-clock.ts';
import { ousHref } from '../navigation/route.ts';

const SHOWN_MAX = 30;

export function MessageLines({ messages }: { messages: readonly MessageSummary[] }) {
  if (messages.length === 0) return <p class="soft">None waits, is taken or dead.</p>;
  return (
    <ul class="message-lines">
      {messages.slice(0, SHOWN_MAX).map((message) => {
        const { id, selector, state, what, about, created_ms, error, attempts } = message;
        return (
          <li key={id}>
            <span class={`badge ${state === 'dead' ? 'bad' : ''}`}>{state}</span>{' '}
            <strong>{selector}</strong> {what} {about && <a href={ousHref(about)}>{about}</a>}{' '}
            <span class="faint">
              {formatDuration(created_ms === null ? null : now.value - created_ms)}
              {attempts > 1 && `, attempt ${attempts}`}
            </span>
            {error && <span class="message-error"> {error}</span>}
            <MessageButtons message={message} />
          </li>
        );
      })}
      {messages.length > SHOWN_MAX && <li class="soft">and {messages.length - SHOWN_MAX} more</li>}
    </ul>
  );
}
