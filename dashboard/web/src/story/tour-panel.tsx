// The caption of the tour, below whatever view is shown.

import { useSignalEffect } from '@preact/signals';
import { usePage } from '../connection/observatory-context.ts';
import { StateBadge } from '../elements/icon.tsx';
import { Uid } from '../elements/uid.tsx';
import { formatDuration } from '../format/durations.ts';
import { Words } from '../glossary/words.tsx';
import { now } from '../model/server-clock.ts';
import { hrefOf, ousHref } from '../navigation/route.ts';
import { captionOf } from './captions.ts';
import { endTour, newestUnderWay, toured } from './tour.ts';

export function TourPanel() {
  const { observatory } = usePage();
  // Nothing was under way: the first that sets out is followed.
  useSignalEffect(() => {
    observatory.ous.version.value;
    if (toured.value !== '') return;
    const next = newestUnderWay(observatory);
    if (next) toured.value = next.id;
  });
  const id = toured.value;
  if (id === undefined) return null;
  const ous = id === '' ? undefined : observatory.ous.watch(id);
  return (
    <aside class="tour" aria-label="Guided tour">
      {ous ? (
        <div class="tour-text" aria-live="polite">
          <p class="tour-where">
            <a href={ousHref(ous.id)}>
              <Uid uid={ous.uid} />
            </a>{' '}
            <StateBadge state={ous.state} />{' '}
            <span class="soft">
              for {formatDuration(ous.since_ms === null ? null : now.value - ous.since_ms)}
            </span>
          </p>
          <h2>{captionOf(ous).title}</h2>
          <p>
            <Words key={ous.state} text={captionOf(ous).text} />
          </p>
        </div>
      ) : (
        <p class="tour-text">Nothing is under way. The tour begins with the next OUS.</p>
      )}
      <div class="tour-buttons">
        <a class="button" href={hrefOf(['line'])}>
          See it on the line
        </a>
        <button
          type="button"
          class="button"
          onClick={() => {
            toured.value = newestUnderWay(observatory)?.id ?? '';
          }}
        >
          Follow another
        </button>
        <button type="button" class="button" onClick={endTour}>
          End the tour
        </button>
      </div>
    </aside>
  );
}
