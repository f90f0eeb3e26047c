// Are the clocks of the hosts together? Each server tells its time in its answers; nothing breaks
// where they are apart, but histories and ages then lie.

import { parseTimestamp } from '../../core/timestamps.ts';
import { couchRequest } from '../../replication/couch-request.ts';
import type { ReplicatedSite } from '../../replication/plan.ts';
import { type Finding, problem, well } from './finding.ts';
import type { Patient } from './patient.ts';

const APART_MS_MAX = 5_000;
const ADVICE = 'let NTP keep both clocks (timedatectl set-ntp true)';

export async function examineClocks(patient: Patient): Promise<Finding[]> {
  const apart = await Promise.all([patient.here, ...patient.peers].map(serverClock));
  return [...apart.flat(), ...actorClocks(patient)];
}

async function serverClock(site: ReplicatedSite): Promise<Finding[]> {
  const asked_ms = Date.now();
  const answer = await couchRequest(site, '/').catch(() => undefined);
  const told_ms = Date.parse(answer?.headers.get('date') ?? '');
  if (Number.isNaN(told_ms)) return [];
  // The answer's time is in whole seconds, and was taken between asking and hearing.
  const between_ms = (asked_ms + Date.now()) / 2;
  return [judge(`${site.executive}'s server`, told_ms + 500 - between_ms)];
}

/** A heartbeat from the future shows that its actor's clock is ahead. */
function actorClocks({ actors, now_ms }: Patient): Finding[] {
  const running = actors.filter(({ state }) => state !== 'stopped');
  return running.flatMap(({ name, site, host, timestamp }) => {
    const ahead_ms = parseTimestamp(timestamp) - now_ms;
    return ahead_ms > APART_MS_MAX ? [judge(`${name} of ${site} on ${host}`, ahead_ms)] : [];
  });
}

function judge(whose: string, offset_ms: number): Finding {
  const apart_s = Math.round(Math.abs(offset_ms) / 1000);
  const within = Math.abs(offset_ms) <= APART_MS_MAX;
  if (within) return well('clocks', `${whose}: less than ${APART_MS_MAX / 1000} s from here`);
  const direction = offset_ms > 0 ? 'ahead of' : 'behind';
  return problem('clocks', `${whose} is ${apart_s} s ${direction} this host`, ADVICE);
}
