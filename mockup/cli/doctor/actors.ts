// Do the actors that were started still run, and do they get on with their work?

import { parseTimestamp } from '../../core/timestamps.ts';
import type { ActorDocument } from '../../platform/actor/actor-document.ts';
import { HEARTBEAT_STALE_MS } from '../../platform/actor/heartbeat.ts';
import { type Finding, problem, well } from './finding.ts';
import type { Patient } from './patient.ts';

export async function examineActors({ actors, now_ms }: Patient): Promise<Finding[]> {
  const started = actors.filter(({ state }) => state !== 'stopped');
  return started.map((actor) => examineActor(actor, now_ms));
}

function examineActor(actor: ActorDocument, now_ms: number): Finding {
  const { name, site, host, pid, timestamp, trouble, troubleTold, state } = actor;
  const who = `${name} of ${site} (${pid} on ${host})`;
  const silent_ms = now_ms - parseTimestamp(timestamp);
  if (silent_ms > HEARTBEAT_STALE_MS) {
    const silent_s = Math.round(silent_ms / 1000);
    const advice = `start it again at ${site}, or see its log; is the replication of actors up?`;
    return problem('actors', `${who} has been silent for ${silent_s} s`, advice);
  }
  // A failed Pipeline, or an outage that is over, is told once; what lasts is told again.
  if (trouble && troubleTold === 1)
    return well('actors', `${who} is ${state}; lately: ${trouble}`);
  if (trouble) return problem('actors', `${who}: ${trouble}`, 'it goes on by itself once mended');
  return well('actors', `${who} is ${state}`);
}
