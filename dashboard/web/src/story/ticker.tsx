// What happens, as it happens, in a line at the bottom; opened, the last of it as a list, with a
// switch for notifications of the system.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { usePage } from '../connection/observatory-context.ts';
import { Icon } from '../elements/icon.tsx';
import { formatDuration } from '../format/durations.ts';
import type { Happening } from '../model/happenings.ts';
import { now } from '../model/server-clock.ts';
import { notifyOf, switchNotifications, wantsNotifications } from './notifications.ts';

const LINE_MAX = 3;

export function Ticker() {
  const { happenings } = usePage();
  const isOpen = useSignal(false);
  useEffect(() => happenings.onHappening(notifyOf), []);
  const newest = happenings.newest.value;
  const shown = isOpen.value ? newest : newest.slice(0, LINE_MAX);
  return (
    <section class={`ticker ${isOpen.value ? 'is-open' : ''}`} aria-label="What happens">
      <ol class="ticker-list" tabIndex={isOpen.value ? 0 : undefined}>
        {shown.length === 0 && (
          <li class="faint">Nothing has happened since this page was opened.</li>
        )}
        {shown.map((one) => (
          <Line key={one.id} happening={one} />
        ))}
      </ol>
      <div class="ticker-buttons">
        {isOpen.value && 'Notification' in globalThis && (
          <button
            type="button"
            class="button"
            aria-pressed={wantsNotifications.value}
            onClick={() => void switchNotifications()}
          >
            Notify me
          </button>
        )}
        <button
          type="button"
          class="button icon-only"
          aria-expanded={isOpen.value}
          aria-label={isOpen.value ? 'Close the list of events' : 'Open the list of events'}
          onClick={() => {
            isOpen.value = !isOpen.value;
          }}
        >
          <Icon name={isOpen.value ? 'down' : 'up'} />
        </button>
      </div>
    </section>
  );
}

function Line({ happening }: { happening: Happening }) {
  const { kind, text, href, time_ms } = happening;
  return (
    <li class={`ticker-line ${kind}`}>
      <Icon name={kind === 'bad' ? 'alert' : kind === 'good' ? 'check' : 'minus'} />
      {href ? <a href={href}>{text}</a> : <span>{text}</span>}
      <span class="faint">{formatDuration(now.value - time_ms)} ago</span>
    </li>
  );
}
