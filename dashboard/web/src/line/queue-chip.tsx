// A selector of the bus in the picture, with what waits there.

import { usePage } from '../connection/observatory-context.ts';
import { formatDuration } from '../format/durations.ts';
import { formatCount } from '../format/quantities.ts';
import { inspectable } from '../inspect/inspected.ts';
import { now } from '../model/server-clock.ts';
import type { PlannedQueue } from './line-plan.ts';

/** Younger than this a message is only passing. */
const WAITING_MS = 10_000;

export function QueueChip({ queue }: { queue: PlannedQueue }) {
  const { observatory } = usePage();
  const { x, y, width, height } = queue.box;
  const summary = observatory.queue.watch(queue.id);
  const { open = 0, claimed = 0, dead = 0, done = 0, oldest_ms = null } = summary ?? {};
  const age_ms = open > 0 && oldest_ms !== null ? now.value - oldest_ms : 0;
  const kind = dead > 0 ? 'has-dead' : open > 0 ? 'has-open' : claimed > 0 ? 'has-claimed' : '';
  return (
    <g class={`queue ${kind}`} data-queue={queue.id} {...inspectable('queue', queue.id)}>
      <rect
        class="queue-box"
        x={x}
        y={y}
        width={width}
        height={height}
        rx={Math.min(25, height / 2)}
      />
      <foreignObject x={x} y={y} width={width} height={height}>
        <div class="queue-text">
          <div class="queue-name">{queue.id}</div>
          <div class="queue-length">
            {open > 0 && (
              <strong>
                {formatCount(open)} waiting{age_ms > WAITING_MS && ` ${formatDuration(age_ms)}`}
              </strong>
            )}
            {claimed > 0 && open + dead === 0 && <span>{formatCount(claimed)} taken</span>}
            {dead > 0 && <strong class="queue-dead">✕ {formatCount(dead)} dead</strong>}
            {open + claimed + dead === 0 && (
              <span>empty{done > 0 && `, ${formatCount(done)} done`}</span>
            )}
          </div>
        </div>
      </foreignObject>
    </g>
  );
}
