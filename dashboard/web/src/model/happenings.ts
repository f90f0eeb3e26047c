// What has happened since this page was opened, in a few words each: taken from the changes that the
// page gets anyway.

import { type ReadonlySignal, signal } from '@preact/signals';
import type { ActorSummary, OusSummary, ReplicationSummary } from '../../../protocol/summaries.ts';
import type { Observatory } from './observatory.ts';
import { serverNow } from './server-clock.ts';

export interface Happening {
  id: number;
  time_ms: number;
  kind: 'good' | 'bad' | 'plain';
  text: string;
  href: string | undefined;
}

export interface Happenings {
  /** Newest first. */
  newest: ReadonlySignal<readonly Happening[]>;
  onHappening(callback: (happening: Happening) => void): void;
}

const KEPT = 60;
const GOOD_STATES: readonly string[] = ['Delivered', 'Verified'];
const BAD_REPLICATION = /crash|fail|error|unreachable|missing/;

type Tell = (kind: Happening['kind'], text: string, href?: string) => void;

export function watchHappenings(observatory: Observatory): Happenings {
  const newest = signal<readonly Happening[]>([]);
  const callbacks = new Set<(happening: Happening) => void>();
  let count = 0;
  const tell: Tell = (kind, text, href) => {
    const happening = { id: ++count, time_ms: serverNow(), kind, text, href };
    newest.value = [happening, ...newest.peek().slice(0, KEPT - 1)];
    for (const callback of callbacks) callback(happening);
  };
  watchOuss(observatory, tell);
  watchActors(observatory, tell);
  watchLine(observatory, tell);
  return { newest, onHappening: (callback) => void callbacks.add(callback) };
}

function watchOuss({ ous }: Observatory, tell: Tell): void {
  const change = (before: OusSummary | undefined, after: OusSummary | undefined): void => {
    if (!after || before?.state === after.state) return;
    const { uid, state, executive, reason, id } = after;
    const href = `#/ous/${encodeURIComponent(id)}`;
    const at = executive && state === 'Processing' ? ` at ${executive}` : '';
    if (state === 'ProcessingProblem')
      tell('bad', `Pipeline failed: ${uid} ${reason ?? ''}`, href);
    else if (!before) tell('plain', `${uid} launched`, href);
    else tell(GOOD_STATES.includes(state) ? 'good' : 'plain', `${uid} is ${state}${at}`, href);
  };
  ous.listen({ reset: () => {}, change });
}

function watchActors({ actor, process }: Observatory, tell: Tell): void {
  const change = (before: ActorSummary | undefined, after: ActorSummary | undefined): void => {
    if (!after) return;
    const who = `${after.name} of ${after.site}`;
    if (before && before.state !== 'down' && after.state === 'down') {
      tell('bad', `${who} is down`, '#/line');
    } else if (before && before.started_ms !== after.started_ms) {
      tell('good', `${who} restarted`, '#/line');
    } else if (before?.state === 'down' && after.state !== 'down') {
      tell('good', `${who} is back`, '#/line');
    }
  };
  actor.listen({ reset: () => {}, change });
  process.listen({
    reset: () => {},
    change: (before, after) => {
      if (!after || !before || before.state === after.state) return;
      const who = `${after.name} of ${after.site}`;
      if (after.state === 'frozen') tell('bad', `${who} is frozen`, '#/line');
      else if (after.state === 'waiting') tell('bad', `${who} ended`, '#/line');
      else if (after.state === 'held') tell('plain', `${who} was stopped`, '#/line');
      else if (after.state === 'running') tell('good', `${who} runs`, '#/line');
    },
  });
}

function watchLine({ link, replication, queue, feed, act }: Observatory, tell: Tell): void {
  const nothing = (): void => {};
  link.listen({
    reset: nothing,
    change: (before, after) => {
      if (!after || !before || before.state === after.state) return;
      const kind = after.state === 'open' ? 'good' : 'bad';
      const word = { open: 'healed', slow: 'slow', cut: 'cut' }[after.state];
      tell(kind, `link ${after.ends.join(' – ')} ${word}`, '#/line');
    },
  });
  replication.listen({
    reset: nothing,
    change: (before, after) => {
      if (!after || !before) return;
      const [was, is] = [isBad(before), isBad(after)];
      const what = `replication of ${after.database} from ${after.from} to ${after.to}`;
      if (is && !was) tell('bad', `${what} ${after.state}`, '#/line');
      else if (was && !is) tell('good', `${what} runs again`, '#/line');
    },
  });
  queue.listen({
    reset: nothing,
    change: (before, after) => {
      const more = (after?.dead ?? 0) - (before?.dead ?? 0);
      if (more > 0) tell('bad', `a message to ${after?.id} is dead`, '#/tables/dead');
    },
  });
  feed.listen({
    reset: nothing,
    change: (before, after) => {
      if (!after || before?.state === after.state) return;
      if (after.state === 'lost') tell('bad', `database ${after.id} is away`);
      else if (after.state === 'live' && before?.state === 'lost') {
        tell('good', `database ${after.id} is back`);
      }
    },
  });
  act.listen({
    reset: nothing,
    change: (before, after) => {
      if (after && !before) tell('plain', `${after.by}: ${after.what}`, '#/control');
    },
  });
}

function isBad({ state }: ReplicationSummary): boolean {
  return BAD_REPLICATION.test(state);
}
