// A replication: how far it is behind and why, and the link that it goes by.

import { usePage } from '../connection/observatory-context.ts';
import { LinkButtons, LinkState } from '../control/link-panel.tsx';
import { formatDuration } from '../format/durations.ts';
import { formatCount } from '../format/quantities.ts';
import { now } from '../model/server-clock.ts';
import { Fact } from './actor-details.tsx';

export function ReplicationDetails({ id }: { id: string }) {
  const { observatory } = usePage();
  const one = observatory.replication.watch(id);
  if (!one) return <p class="soft">It is not there any more.</p>;
  const { database, from, to, state, pending, behindSince_ms, docsWritten, error } = one;
  const link = observatory.link.all().find(({ ends }) => ends.includes(from) && ends.includes(to));
  return (
    <>
      <p>
        <strong>{database}</strong> from {from} to {to}
      </p>
      <dl class="inspector-facts">
        <Fact name="State">{state}</Fact>
        <Fact name="Waiting at the source">{pending === null ? '–' : formatCount(pending)}</Fact>
        <Fact name="Behind for">
          {behindSince_ms === null ? 'not behind' : formatDuration(now.value - behindSince_ms)}
        </Fact>
        <Fact name="Documents written">
          {docsWritten === null ? '–' : formatCount(docsWritten)}
        </Fact>
      </dl>
      {error && <p class="message-error">{error}</p>}
      {link && (
        <p>
          Link {link.ends.join(' – ')} <LinkState link={link} />
        </p>
      )}
      {link && <LinkButtons link={link} />}
    </>
  );
}
