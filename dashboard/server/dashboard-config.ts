// What pages are told once, because it stays the same while the server runs.

import { ousStates } from '../../mockup/core/ous/life-cycle.ts';
import { parseCouchUrl } from '../../mockup/platform/couch/reaching/couch-address.ts';
import type { Config } from '../protocol/summaries.ts';
import type { DashboardOptions } from './dashboard.ts';
import type { AllowedHosts } from './live/origin.ts';
import { defaultStuckAfter_s } from './summaries/stuck.ts';

export function configOf(options: DashboardOptions, started_ms: number): Config {
  return {
    site: options.site ?? null,
    sites: [...options.sites],
    database: parseCouchUrl(options.couchdbUrl).url,
    states: [...ousStates],
    stuckAfter_s: { ...defaultStuckAfter_s, ...options.stuckAfter_s },
    hasCache: options.cacheUrl !== undefined,
    started_ms,
    ...(options.logsDirectory !== undefined && { hasLogs: true as const }),
    ...(options.control && { control: true as const }),
  };
}

/** The page must not see them, and a redirect would show them. */
export function withoutCredentials(text: string): string {
  const { origin, pathname } = new URL(text);
  return `${origin}${pathname}`.replace(/\/+$/, '');
}

export function hostsOf({ hostNames, publicUrls = [] }: DashboardOptions): AllowedHosts {
  return { names: hostNames, publicOrigins: publicUrls.map((url) => new URL(url).origin) };
}
