// What can be done to a message that is dead.

import type { MessageSummary } from '../../../protocol/summaries.ts';
import { ActButton } from './act-button.tsx';

export function MessageButtons({ message }: { message: MessageSummary }) {
  const { id, state, selector } = message;
  if (state !== 'dead') return null;
  return (
    <span class="control-buttons">
      <ActButton
        act={{ act: 'retry-message', message: id }}
        label={`Retry message to ${selector}`}
      >
        Retry
      </ActButton>
      <ActButton
        act={{ act: 'delete-message', message: id }}
        label={`Delete message to ${selector}`}
        confirm="Really delete it?"
        kind="bad"
      >
        Delete
      </ActButton>
    </span>
  );
}
