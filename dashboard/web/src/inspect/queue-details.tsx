// A selector of the bus: its numbers and its messages.

import { usePage } from '../connection/observatory-context.ts';
import { formatDuration } from '../format/durations.ts';
import { formatCount } from '../format/quantities.ts';
import { now } from '../model/server-clock.ts';
import { Fact } from './actor-details.tsx';
import { MessageLines } from './message-lines.tsx';

export function QueueDetails({ id }: { id: string }) {
  const { observatory } = usePage();
  const queue = observatory.queue.watch(id);
  const messages = observatory.message.all().filter((message) => message.queue === id);
  return (
    <>
      {queue ? (
        <dl class="inspector-facts">
          <Fact name="Waiting">{formatCount(queue.open)}</Fact>
          <Fact name="Taken">{formatCount(queue.claimed)}</Fact>
          <Fact name="Dead">{formatCount(queue.dead)}</Fact>
          <Fact name="Done">{formatCount(queue.done)}</Fact>
          <Fact name="Repeated">{formatCount(queue.redelivered)}</Fact>
          <Fact name="Oldest">
            {formatDuration(queue.oldest_ms === null ? null : now.value - queue.oldest_ms)}
          </Fact>
        </dl>
      ) : (
        <p class="soft">No message was seen at this selector.</p>
      )}
      <h3>Messages</h3>
      <MessageLines messages={messages} />
    </>
  );
}
