// An actor: its processes by their heartbeats, its work, the messages that it has or sent, the end of
// its log, and what can be done to it.

import { usePage } from '../connection/observatory-context.ts';
import { ProcessButtons, ProcessState } from '../control/process-table.tsx';
import { formatDuration } from '../format/durations.ts';
import { formatCount } from '../format/quantities.ts';
import { now } from '../model/server-clock.ts';
import { ousHref } from '../navigation/route.ts';
import { LogEnd } from './log-end.tsx';
import { MessageLines } from './message-lines.tsx';

export function ActorDetails({ id }: { id: string }) {
  const { observatory } = usePage();
  const [site = '', name = ''] = id.split('.');
  const own = observatory.actor.all().filter((one) => one.site === site && one.name === name);
  const address = `${name}@${site}`;
  const messages = observatory.message
    .all()
    .filter(({ sender, receiver }) => sender === address || receiver === address);
  const process = observatory.process.watch(`${site}-${name}`);
  return (
    <>
      {process && (
        <p>
          <ProcessState process={process} />
        </p>
      )}
      {process && <ProcessButtons process={process} />}
      {own.length === 0 && <p class="soft">It keeps no heartbeat, or has never run here.</p>}
      {own.map((actor) => (
        <dl key={actor.id} class="inspector-facts">
          <Fact name="State">{actor.state}</Fact>
          <Fact name="Process">
            {actor.pid} on {actor.host}
          </Fact>
          <Fact name="Started">{ago(actor.started_ms)}</Fact>
          <Fact name="Heartbeat">{ago(actor.heartbeat_ms)}</Fact>
          {Object.entries(actor.counts).map(([what, count]) => (
            <Fact key={what} name={what}>
              {formatCount(count)}
            </Fact>
          ))}
          <Fact name="Works on">
            {actor.workingOn.length === 0
              ? 'nothing'
              : actor.workingOn.map((work) => <Work key={work} work={work} />)}
          </Fact>
        </dl>
      ))}
      <h3>Messages</h3>
      <MessageLines messages={messages} />
      <LogEnd process={`${site}-${name}`} />
    </>
  );
}

function Work({ work }: { work: string }) {
  const [uid] = /uid:\/\/[\w/]+/.exec(work) ?? [];
  if (!uid) return <span class="work">{work}</span>;
  return (
    <a class="work" href={ousHref(uid)}>
      {work}
    </a>
  );
}

export function Fact({ name, children }: { name: string; children?: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function ago(time_ms: number | null): string {
  return time_ms === null ? '–' : `${formatDuration(now.value - time_ms)} ago`;
}
