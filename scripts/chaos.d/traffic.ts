// The OUSs that go through the line meanwhile: launched by the demonstration's own launcher, which
// also queues failed ones again. It stands outside of the faults.

import type { LineSite } from '../../mockup/cli/up/line-plan.ts';
import { createLiveTable } from '../../mockup/cli/up/live-table.ts';
import { startShow } from '../../mockup/cli/up/show.ts';
import { parseUpOptions } from '../../mockup/cli/up/up-options.ts';
import { isExecutive } from '../../mockup/core/executives.ts';
import type { Releases } from '../../mockup/platform/process/releases.ts';
import type { ChaosSite, ChaosWorld } from './chaos-world.ts';

export interface TrafficOptions {
  ousCount: number;
  failureRate: number;
  pace: number;
  directory: string;
}

const PROG_ID = '2015.1.00657.S';
const FIRST = 0xb0;

/** Launching goes on in the background until it is stopped. */
export async function launchAll(
  world: ChaosWorld,
  { ousCount, failureRate, pace, directory }: TrafficOptions,
  releases: Releases,
  stopping: AbortSignal,
): Promise<{ ousUids: string[] }> {
  const given = Array.from({ length: ousCount }, (_, index) => ({
    progId: PROG_ID,
    ousUid: `uid://X1/X1/X${(FIRST + index).toString(16)}`,
  }));
  const options = parseUpOptions({
    sites: `${world.jao.name},${world.arc.name}`,
    ous: String(ousCount),
    pace: String(pace),
    failureRate: String(failureRate),
    demo: true,
    timeLimit: '1000000',
    couchdb: [],
    couchdbPort: '0',
    cachePort: '0',
    maxJobs: '1',
  });
  await startShow({
    ...{ options, given, releases, stopping, env: process.env },
    data: { path: directory, logs: directory, release: () => {} },
    sites: [world.jao, world.arc].map(lineSite),
    table: createLiveTable({ write: () => true }),
  });
  return { ousUids: given.map(({ ousUid }) => ousUid) };
}

function lineSite({ name, url, cache, runs }: ChaosSite): LineSite {
  if (!isExecutive(name)) throw new Error(`no site ${name}`);
  return {
    executive: name,
    couchdbUrl: url,
    cacheDirectory: cache,
    runsDirectory: runs,
    cachePort: 0,
  };
}
