// The messages of the bus that are about one OUS, newest first.

import type { OusMessages } from '../../../protocol/json-api.ts';
import type { MessageState } from '../../../protocol/summaries.ts';
import type { Fetched } from '../connection/use-fetched.ts';
import { ErrorNote } from '../elements/error-note.tsx';
import { Icon, type IconName } from '../elements/icon.tsx';
import { formatNear } from '../format/moments.ts';
import { Term } from '../glossary/term.tsx';
import { now } from '../model/server-clock.ts';

const looks: Record<MessageState, { icon: IconName; kind: string; word: string }> = {
  open: { icon: 'time', kind: '', word: 'waiting' },
  claimed: { icon: 'play', kind: '', word: 'taken' },
  done: { icon: 'check', kind: 'good', word: 'done' },
  dead: { icon: 'alert', kind: 'bad', word: 'dead' },
};

export function MessageList({ messages }: { messages: Fetched<OusMessages> }) {
  const { value, error } = messages;
  return (
    <section class="panel ous-messages" aria-labelledby="messages-title">
      <h2 id="messages-title">
        Messages {value && <span class="faint">{value.messages.length}</span>}
        {value?.isPartial && <span class="badge">not all of them</span>}
      </h2>
      {error && <ErrorNote error={error} what="the messages" />}
      {value?.messages.length === 0 && <p class="empty-note">No message is about it.</p>}
      {value && value.messages.length > 0 && <Messages messages={value.messages} />}
    </section>
  );
}

function Messages({ messages }: { messages: OusMessages['messages'] }) {
  return (
    <table class="messages">
      <thead>
        <tr>
          <th scope="col">Sent</th>
          <th scope="col">
            <Term name="selector">Selector</Term>
          </th>
          <th scope="col">From → to</th>
          <th scope="col">What</th>
          <th scope="col">State</th>
        </tr>
      </thead>
      <tbody>
        {messages.toReversed().map((message) => {
          const { icon, kind, word } = looks[message.state] ?? looks.done;
          return (
            <tr key={message.id}>
              <td class="message-time">{formatNear(message.created_ms, now.value)}</td>
              <td class="message-selector">
                {message.kind === 'answer' ? 'answer' : message.selector}
              </td>
              <td>
                {message.sender ?? '?'} → {message.receiver ?? '…'}
              </td>
              <td class="message-what">
                {message.what}
                {message.error && <span class="message-error"> {message.error}</span>}
              </td>
              <td>
                <span class={`badge ${kind}`}>
                  <Icon name={icon} />
                  {word}
                  {message.attempts > 1 && `, attempt ${message.attempts}`}
                </span>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
