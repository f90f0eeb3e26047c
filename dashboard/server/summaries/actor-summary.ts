// The summary of an actor, from its heartbeat.

import type { ActorState, ActorSummary } from '../../protocol/summaries.ts';
import { countOf, fieldsOf, numberOf, textOf, timeOf } from './reading.ts';

const STATES: readonly unknown[] = ['idle', 'busy', 'stopped'];
const SHOWN_MAX = 20;

/** Undefined for a document that is no heartbeat. */
export function summariseActor(doc: object): ActorSummary | undefined {
  const fields = fieldsOf(doc);
  const name = textOf(fields.name);
  const site = textOf(fields.site);
  if (!name || !site || !STATES.includes(fields.state)) return undefined;
  const workingOn = Array.isArray(fields.workingOn) ? fields.workingOn : [];
  const counts = Object.entries(fieldsOf(fields.counts)).slice(0, SHOWN_MAX);
  return {
    id: String(fields._id),
    name,
    site,
    host: textOf(fields.host) ?? '',
    pid: countOf(fields.pid),
    state: fields.state as ActorState,
    started_ms: timeOf(fields.started),
    heartbeat_ms: timeOf(fields.timestamp),
    workingOn: workingOn.slice(0, SHOWN_MAX).flatMap((one) => textOf(one) ?? []),
    counts: Object.fromEntries(
      counts.map(([what, count]) => [textOf(what) ?? '', numberOf(count) ?? 0]),
    ),
  };
}
