// OUSs go through the line of two hosts, launched and mended as `draws up` does it, and shown.

import { join } from 'node:path';
import { createLiveTable, type LiveTable } from '../../mockup/cli/up/live-table.ts';
import { type Show, startShow } from '../../mockup/cli/up/show.ts';
import { parseUpOptions } from '../../mockup/cli/up/up-options.ts';
import type { Releases } from '../../mockup/platform/process/releases.ts';
import { cacheDirectory } from './host-plan.ts';
import type { TwoHosts } from './two-hosts.ts';

export interface DemonstrationSettings {
  ousCount: number;
  pace: number;
  failureRate: number;
  once: boolean;
  timeLimit_s: number;
  /** False: OUSs are only shown. */
  launch: boolean;
}

export function createTable(): LiveTable {
  return createLiveTable(process.stdout);
}

export function showDemonstration(
  hosts: TwoHosts,
  settings: DemonstrationSettings,
  world: { table: LiveTable; releases: Releases; stopping: AbortSignal },
): Promise<Show> {
  const path = hosts.plan.directory;
  const options = parseUpOptions({
    sites: hosts.sites.map(({ plan }) => plan.executive).join(','),
    ous: String(settings.ousCount),
    pace: String(settings.pace),
    failureRate: String(settings.failureRate),
    demo: settings.launch,
    once: settings.once,
    timeLimit: String(settings.timeLimit_s),
    couchdb: [],
    couchdbPort: '0',
    cachePort: '0',
    maxJobs: '1',
  });
  return startShow({
    ...world,
    options,
    given: undefined,
    data: { path, logs: path, release: () => {} },
    sites: hosts.sites.map(({ plan, relayedUrl }) => ({
      executive: plan.executive,
      couchdbUrl: relayedUrl,
      cacheDirectory: cacheDirectory(plan),
      runsDirectory: join(plan.directory, 'runs'),
      cachePort: 0,
    })),
    env: process.env,
  });
}
