// The way of one OUS in one line: a piece per stay in a state, as long as the stay was. What came to
// its end (Delivered) has no length of its own.

import type { HistoryStep } from '../../../protocol/json-api.ts';
import { StateIcon } from '../elements/icon.tsx';
import { formatPreciseDuration } from '../format/durations.ts';
import { formatNear } from '../format/moments.ts';
import { stateClass } from '../look/state-look.ts';
import { now } from '../model/server-clock.ts';
import { lengthOf, staysOf } from '../model/stays.ts';

const END_STATE = 'Delivered';
/** No piece is smaller than this share of the whole, so that each can be seen. */
const SHARE_MIN = 0.012;

export function WayStrip({ history }: { history: readonly HistoryStep[] }) {
  const stays = staysOf(history);
  const [first] = stays;
  const last = stays.at(-1);
  if (!first || !last) return null;
  const isAtEnd = last.state === END_STATE;
  const end_ms = isAtEnd ? last.start_ms : now.value;
  const whole_ms = Math.max(1, (end_ms ?? now.value) - (first.start_ms ?? 0));
  return (
    <figure class="way">
      <figcaption class="visually-hidden">
        {stays.map((stay) => `${stay.state} ${pieceLength(stay)}`).join(', ')}
      </figcaption>
      <div class="way-pieces" aria-hidden="true">
        {stays.map((stay, index) => {
          const length_ms = lengthOf(stay, now.value) ?? 0;
          const isEnd = isAtEnd && stay === last;
          const share = isEnd ? 0.04 : Math.max(SHARE_MIN, length_ms / whole_ms);
          return (
            <div
              key={`${index} ${stay.state}`}
              class={`way-piece ${stateClass(stay.state)}`}
              style={{ flexGrow: share }}
              title={`${stay.state} ${pieceLength(stay)}`}
            >
              <StateIcon state={stay.state} />
              <span class="way-state">{stay.state}</span>
              {!isEnd && <span class="way-length">{formatPreciseDuration(length_ms)}</span>}
            </div>
          );
        })}
      </div>
      <p class="way-ends" aria-hidden="true">
        <span>{formatNear(first.start_ms, now.value)}</span>
        <strong>{formatPreciseDuration(whole_ms)} in all</strong>
        <span>{isAtEnd ? formatNear(end_ms, now.value) : 'now'}</span>
      </p>
    </figure>
  );

  function pieceLength(stay: (typeof stays)[number]): string {
    return isAtEnd && stay === last ? '' : formatPreciseDuration(lengthOf(stay, now.value));
  }
}
