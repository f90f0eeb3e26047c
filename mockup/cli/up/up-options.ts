// The options of `draws up`, checked once.

import { resolve } from 'node:path';
import type { Executive } from '../../core/executives.ts';
import { requireExecutives, requireInteger, requireNumber, requireUrl } from '../environment.ts';
import { UsageError } from '../usage-error.ts';

/** As commander gives them. */
export interface GivenOptions {
  sites: string;
  ous: string;
  ousFile?: string;
  pace: string;
  failureRate: string;
  demo: boolean;
  once?: boolean;
  fresh?: boolean;
  timeLimit: string;
  json?: string;
  data?: string;
  couchdb: string[];
  singleDatabase?: boolean;
  couchdbPort: string;
  cachePort: string;
  dashboard?: boolean;
  dashboardPort?: string;
  admin?: string;
  maxJobs: string;
  control?: boolean;
  open?: boolean;
}

export interface UpOptions {
  /** JAO first. */
  sites: Executive[];
  ousCount: number;
  /** A path, `-` for standard input; undefined: OUSs are made up. */
  ousFile: string | undefined;
  pace: number;
  failureRate: number;
  demo: boolean;
  once: boolean;
  /** Begins a new demonstration where an earlier one is unfinished. */
  fresh: boolean;
  timeLimit_s: number;
  jsonFile: string | undefined;
  /** Undefined: `.draws`, or with `once` a directory that is removed afterwards. */
  dataDirectory: string | undefined;
  /** Servers that exist already; may carry user and password. */
  couchdbUrls: Partial<Record<Executive, string>>;
  singleDatabase: boolean;
  /** 0: free ports. */
  couchdbPort: number;
  cachePort: number;
  /** Of the first dashboard, the others follow; 0: free ports; undefined: no dashboards. */
  dashboardPort: number | undefined;
  /** `user:password` of the embedded servers. */
  admin: string | undefined;
  maxJobs: number;
  /** Whether JAO's dashboard may act on the line. */
  control: boolean;
  /** Whether the page is opened in the browser of this machine. */
  open: boolean;
}

/** Room for one port per site above the first. */
const PORT_MAX = 65_500;

export function parseUpOptions(given: GivenOptions): UpOptions {
  const sites = parseSites(given.sites);
  const couchdbUrls = parseUrls(given.couchdb, sites);
  const singleDatabase = given.singleDatabase ?? false;
  if (singleDatabase && Object.keys(couchdbUrls).some((site) => site !== 'JAO')) {
    throw new UsageError('with --single-database all sites use the server of JAO', {
      hint: 'give --couchdb JAO=URL alone',
    });
  }
  if (!given.demo && given.once) {
    throw new UsageError('--once waits for the OUSs of the demonstration', {
      hint: 'leave --no-demo out',
    });
  }
  return {
    sites,
    ousCount: requireInteger(given.ous, '--ous', 1, 100_000),
    ousFile: given.ousFile,
    pace: requireNumber(given.pace, '--pace', 0, 1000),
    failureRate: requireNumber(given.failureRate, '--failure-rate', 0, 0.95),
    demo: given.demo,
    once: given.once ?? false,
    fresh: given.fresh ?? false,
    timeLimit_s: requireNumber(given.timeLimit, '--time-limit', 1, 1_000_000),
    jsonFile: given.json && resolve(given.json),
    dataDirectory: given.data && resolve(given.data),
    couchdbUrls,
    singleDatabase,
    couchdbPort: requireInteger(given.couchdbPort, '--couchdb-port', 0, PORT_MAX),
    cachePort: requireInteger(given.cachePort, '--cache-port', 0, PORT_MAX),
    dashboardPort: parseDashboardPort(given),
    admin: parseAdmin(given.admin),
    maxJobs: requireInteger(given.maxJobs, '--max-jobs', 1, 1000),
    control: parseControl(given),
    open: given.open ?? false,
  };
}

function parseSites(text: string): Executive[] {
  const sites = requireExecutives([text], '--sites');
  if (sites.includes('JAO')) return ['JAO', ...sites.filter((site) => site !== 'JAO')];
  throw new UsageError('--sites is without JAO', { hint: 'such as --sites JAO,EU,NA' });
}

function parseUrls(
  given: readonly string[],
  sites: readonly Executive[],
): Partial<Record<Executive, string>> {
  const urls: Partial<Record<Executive, string>> = {};
  for (const text of given) {
    const [name = '', ...rest] = text.split('=');
    const site = sites.find((one) => one === name);
    if (!site) {
      throw new UsageError('--couchdb does not begin with one of the sites', {
        hint: `such as --couchdb ${sites[0]}=http://localhost:5984`,
      });
    }
    urls[site] = parseUrl(rest.join('='), site);
  }
  return urls;
}

function parseUrl(text: string, site: Executive): string {
  const option = `--couchdb ${site}`;
  const hint = `such as ${option}=http://localhost:5984`;
  if (text === '') throw new UsageError(`${option} is without =URL`, { hint });
  const url = requireUrl(text, option);
  if (new URL(url).pathname === '/') return url;
  throw new UsageError(`${option} has a path in its URL`, { hint });
}

/** Nobody looks at a single run, unless it is asked for. */
function parseDashboardPort(given: GivenOptions): number | undefined {
  const { dashboard = true, dashboardPort, once } = given;
  if (!dashboard || (once && dashboardPort === undefined)) return undefined;
  return requireInteger(dashboardPort ?? '5000', '--dashboard-port', 0, PORT_MAX);
}

function parseAdmin(admin: string | undefined): string | undefined {
  if (admin === undefined || /^[^:]+:.+$/.test(admin)) return admin;
  throw new UsageError('--admin (or COUCHDB_ADMIN) is not user:password');
}

/** It is the page that has the control. */
function parseControl(given: GivenOptions): boolean {
  const control = given.control ?? false;
  if (control && parseDashboardPort(given) === undefined) {
    throw new UsageError('--control needs a dashboard', {
      hint: 'leave --no-dashboard out; with --once give --dashboard-port N',
    });
  }
  return control;
}
