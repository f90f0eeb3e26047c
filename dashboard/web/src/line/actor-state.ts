// What the picture says of one actor: its own heartbeat, or for those that keep none the heartbeat
// of the actor that starts them.

import type { ActorState, ActorSummary } from '../../../protocol/summaries.ts';
import { splitUid } from '../elements/uid.tsx';
import { formatDuration } from '../format/durations.ts';
import { countOf, formatCount } from '../format/quantities.ts';
import type { Observatory } from '../model/observatory.ts';
import type { PlannedActor } from './line-plan.ts';

export interface ShownActor {
  state: ActorState | 'unseen' | 'on-demand';
  /** In a few words. */
  what: string;
  /** How many of it run. */
  running: number;
}

/** So long it is seen that an actor was started again. */
const NEW_MS = 60_000;

export const stateWords: Record<ShownActor['state'], string> = {
  busy: 'busy',
  idle: 'idle',
  stopped: 'stopped',
  down: 'down',
  unseen: 'not seen',
  'on-demand': 'on demand',
};

export function showActor(
  observatory: Observatory,
  planned: PlannedActor,
  now_ms: number,
): ShownActor {
  const fault = faultOf(observatory, planned, now_ms);
  if (fault) return fault;
  const actors = observatory.actor.all();
  const own = actors.filter(({ name, site }) => name === planned.name && site === planned.site);
  if (own.length > 0) return ofHeartbeats(own, now_ms);
  if (planned.startedBy === undefined)
    return { state: 'unseen', what: 'no heartbeat', running: 0 };
  const starter = actors.filter(
    ({ id }) => planned.startedBy && isInstance(id, planned.startedBy),
  );
  const jobs = starter
    .filter(({ state }) => state === 'busy')
    .flatMap(({ workingOn }) => workingOn);
  if (jobs.length === 0)
    return { state: 'on-demand', what: startedBy(planned.startedBy), running: 0 };
  return { state: 'busy', what: works(jobs), running: jobs.length };
}

/** What the line itself tells of the process, at once, where it was started with `--control`. */
function faultOf(
  observatory: Observatory,
  { name, site }: PlannedActor,
  now_ms: number,
): ShownActor | undefined {
  const process = observatory.process.watch(`${site}-${name}`);
  if (!process || process.state === 'running') return undefined;
  const since = formatDuration(now_ms - process.since_ms);
  if (process.state === 'frozen')
    return { state: 'down', what: `frozen for ${since}`, running: 0 };
  if (process.state === 'held') return { state: 'stopped', what: `for ${since}`, running: 0 };
  return { state: 'down', what: `ended ${since} ago`, running: 0 };
}

/** `EU.torque-maui.2` is one of `EU.torque-maui`. */
function isInstance(id: string, name: string): boolean {
  return id === name || id.startsWith(`${name}.`);
}

const urgency: readonly ActorState[] = ['down', 'busy', 'idle', 'stopped'];

function ofHeartbeats(actors: readonly ActorSummary[], now_ms: number): ShownActor {
  const state = urgency.find((one) => actors.some((actor) => actor.state === one)) ?? 'stopped';
  const those = actors.filter((actor) => actor.state === state);
  const running = actors.filter(
    (actor) => actor.state === 'idle' || actor.state === 'busy',
  ).length;
  return { state, what: describe(state, those, now_ms), running };
}

function describe(state: ActorState, actors: readonly ActorSummary[], now_ms: number): string {
  const beats = actors.map(({ heartbeat_ms }) => heartbeat_ms ?? 0);
  const silence = formatDuration(now_ms - Math.max(...beats));
  if (state === 'busy') return works(actors.flatMap(({ workingOn }) => workingOn));
  if (state === 'down') return `silent for ${silence}`;
  if (state === 'stopped') return `${silence} ago`;
  const started = now_ms - Math.max(...actors.map(({ started_ms }) => started_ms ?? 0));
  if (started < NEW_MS) return `started ${formatDuration(started)} ago`;
  const counts = actors.flatMap((actor) => Object.values(actor.counts));
  const done = counts.reduce((sum, count) => sum + count, 0);
  return done > 0 ? `${formatCount(done)} done` : 'waiting for work';
}

function works(jobs: readonly string[]): string {
  const [first = ''] = jobs;
  return jobs.length > 1 ? countOf(jobs.length, 'job') : shorten(first);
}

/** Work on an OUS by the part of its UID that tells it from others. */
function shorten(work: string): string {
  const [uid] = /uid:\/\/\S+/.exec(work) ?? [];
  return uid ? splitUid(uid)[1] : work;
}

function startedBy(who: string): string {
  return who.includes('.') ? 'per job' : `by ${who}`;
}
