// The links between the sites, and the room in their caches.

import type { LinkSummary } from '../../../protocol/control.ts';
import { usePage } from '../connection/observatory-context.ts';
import { formatDuration } from '../format/durations.ts';
import { now } from '../model/server-clock.ts';
import { ActButton } from './act-button.tsx';

const linkActs = [
  ['open', 'Heal'],
  ['slow', 'Slow down'],
  ['cut', 'Cut'],
] as const;

export function LinkPanel() {
  const { observatory } = usePage();
  const links = observatory.link.all();
  const sites = [...new Set(observatory.process.all().map(({ site }) => site))];
  return (
    <section class="panel control-panel" aria-labelledby="links-title">
      <h2 id="links-title">Links and caches</h2>
      {links.map((link) => (
        <LinkRow key={link.id} link={link} />
      ))}
      {links.length === 0 && <p class="soft">No link of this line can be cut.</p>}
      {sites.map((site) => (
        <CacheRow key={site} site={site} />
      ))}
    </section>
  );
}

function LinkRow({ link }: { link: LinkSummary }) {
  return (
    <fieldset class="control-row" data-link={link.id}>
      <legend>
        {link.ends.join(' – ')} <LinkState link={link} />
      </legend>
      <LinkButtons link={link} />
    </fieldset>
  );
}

export function LinkButtons({ link }: { link: LinkSummary }) {
  const { id, ends, state } = link;
  return (
    <div class="control-buttons">
      {linkActs.map(([to, words]) => (
        <ActButton
          key={to}
          act={{ act: 'link', link: id, to }}
          pressed={state === to}
          label={`${words} the link between ${ends.join(' and ')}`}
          {...(to === 'cut' && { kind: 'bad' as const })}
        >
          {words}
        </ActButton>
      ))}
    </div>
  );
}

export function LinkState({ link }: { link: LinkSummary }) {
  const { state, since_ms } = link;
  if (state === 'open') return <span class="badge good">open</span>;
  return (
    <span class={`badge ${state === 'cut' ? 'bad' : 'warn'}`}>
      {state} for {formatDuration(now.value - since_ms)}
    </span>
  );
}

function CacheRow({ site }: { site: string }) {
  const { observatory } = usePage();
  const isFull = observatory.line.watch('line')?.fullCaches.includes(site) ?? false;
  return (
    <fieldset class="control-row">
      <legend>
        Cache of {site}{' '}
        {isFull ? <span class="badge bad">full</span> : <span class="badge good">has room</span>}
      </legend>
      <div class="control-buttons">
        <ActButton
          act={{ act: 'cache', site, full: !isFull }}
          label={isFull ? `Make room in the cache of ${site}` : `Fill the cache of ${site}`}
        >
          {isFull ? 'Make room' : 'Fill it'}
        </ActButton>
      </div>
    </fieldset>
  );
}
