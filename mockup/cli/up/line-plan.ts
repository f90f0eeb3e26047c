// Which processes a line has, at which site, with which arguments and environment. Pure: what it
// says is what `draws up` starts.

import { join } from 'node:path';
import type { Executive } from '../../core/executives.ts';
import { verdictSharesText } from '../lifeline/settings.ts';
import type { UpOptions } from './up-options.ts';

/** One site of the line, with all that its processes need to know. */
export interface LineSite {
  executive: Executive;
  /** Of its database server; may carry user and password. */
  couchdbUrl: string;
  cacheDirectory: string;
  runsDirectory: string;
  /** 0: any free port. */
  cachePort: number;
  /** Known once it runs. */
  dashboardUrl?: string;
}

export interface PlannedProcess {
  /** `JAO-xtss`. */
  name: string;
  site: Executive;
  command: string;
  args: string[];
  env: Record<string, string>;
  /** Somebody has to start it, from the page. */
  held?: boolean;
}

export function siteDirectory(dataDirectory: string, site: Executive): string {
  return join(dataDirectory, site.toLowerCase());
}

/** The first ARC's cache has the first port and JAO's the second, as in the seed's instructions. */
export function cachePortOf(options: UpOptions, site: Executive): number {
  if (options.cachePort === 0) return 0;
  const arcs = options.sites.filter((one) => one !== 'JAO');
  const order: Executive[] = [...arcs.slice(0, 1), 'JAO', ...arcs.slice(1)];
  return options.cachePort + order.indexOf(site);
}

/** The actors of all sites; JAO can process OUSs too. */
export function planActors(options: UpOptions, sites: readonly LineSite[]): PlannedProcess[] {
  const arcs = options.sites.filter((site) => site !== 'JAO');
  const jao: [string, ...string[]][] = [['xtss'], ['aqua-batch-helper'], ['product-ingestor']];
  if (options.demo || options.control) {
    jao.push(['dra', '--auto', '--assign-to', (arcs.length > 0 ? arcs : ['JAO']).join(',')]);
    jao.push(['aqua-qa2', '--auto', verdictSharesText(options.failureRate)]);
  }
  return sites.flatMap((site) => {
    const everywhere: [string, ...string[]][] = [
      ['torque-maui', '--max-jobs', String(options.maxJobs)],
      ['replicated-cache', '--port', String(site.cachePort)],
      ['data-tracker'],
    ];
    const commands = site.executive === 'JAO' ? [...jao, ...everywhere] : everywhere;
    const env = environmentOf(options, site, sites);
    return commands.map(([command, ...args]) => {
      const name = `${site.executive}-${command}`;
      const isRobot = command === 'dra' || command === 'aqua-qa2';
      const held = isRobot && !options.demo;
      return { name, site: site.executive, command, args, env, held };
    });
  });
}

/** One dashboard per site, unless there are to be none. */
export function planDashboards(options: UpOptions, sites: readonly LineSite[]): PlannedProcess[] {
  const { dashboardPort } = options;
  if (dashboardPort === undefined) return [];
  const peers = options.singleDatabase ? [] : sites;
  return sites.map((site, index) => {
    const { executive, cachePort } = site;
    const others = peers.filter((peer) => peer !== site);
    const urls = others.map((peer) => [`DRAWS_${peer.executive}_COUCHDB`, peer.couchdbUrl]);
    const port = dashboardPort === 0 ? 0 : dashboardPort + index;
    const cache = cachePort === 0 ? [] : ['--cache-url', `http://localhost:${cachePort}`];
    return {
      name: `${executive}-dashboard`,
      site: executive,
      command: 'dashboard',
      args: ['--port', String(port), '--sites', options.sites.join(','), ...cache],
      env: { ...environmentOf(options, site, sites), ...Object.fromEntries(urls) },
    };
  });
}

/** What a command needs to act at this site. */
export function environmentOf(
  options: Pick<UpOptions, 'pace' | 'failureRate'>,
  site: LineSite,
  sites: readonly LineSite[],
): Record<string, string> {
  const caches = sites.map(({ executive, cacheDirectory }) => [
    `DRAWS_${executive}_CACHE`,
    cacheDirectory,
  ]);
  return {
    ...Object.fromEntries(caches),
    DRAWS_LOCATION: site.executive,
    DRAWS_LOCAL_CACHE: site.cacheDirectory,
    DRAWS_RUNS: site.runsDirectory,
    DRAWS_PACE: String(options.pace),
    DRAWS_FAILURE_RATE: String(options.failureRate),
    COUCHDB_URL: site.couchdbUrl,
  };
}
